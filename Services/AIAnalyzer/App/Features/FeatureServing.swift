import Contracts
import FeatureStore
import Logging
import Messaging
import Postgres
import Synchronization

/// Serves features: the online values of a batch's users and projects, as of what has committed.
struct FeatureServing: Sendable {
    /// Events after which a state is written down again.
    static let checkpointEvery: Int64 = 2_000
    private static let sweepInterval = Duration.seconds(3_600)

    let reader: FeatureReader
    let states: OnlineStates
    let logger: Logger
    private let isRegistered = Once()

    init(pool: DatabasePool, capacity: Int, logger: Logger) {
        reader = FeatureReader(pool: pool)
        states = OnlineStates(capacity: capacity)
        self.logger = logger
    }

    /// The features of each, in their order. One statement for all of them, in the long run.
    ///
    /// A history that can't be understood keeps nobody from their analysis: it is stored without features.
    /// - Throws: when the database is away.
    func serve(_ work: [TaskHandler.Work]) async throws -> [ServedFeatures] {
        do {
            return try await values(of: work)
        } catch let error as DatabaseError where !error.isConnectivity && !error.isRetriable {
            try Task.checkCancellation()
            logger.error("features can't be served", metadata: ["reason": "\(error)", "tasks": "\(work.count)"])
            return work.map { ServedFeatures(at: $0.time, kind: $0.kind, values: nil) }
        }
    }

    private func values(of work: [TaskHandler.Work]) async throws -> [ServedFeatures] {
        try await register()
        let keys = Set(work.flatMap { [FeatureKey.user($0.task), .project($0.task)] })
        var entries = states.entries(of: Array(keys))
        for key in keys where entries[key] == nil { entries[key] = OnlineStates.Entry() }
        try await reader.catchUp(&entries)
        let due = entries.filter { $1.state.version - $1.checkpoint >= Self.checkpointEvery }
        if !due.isEmpty {
            try await reader.write(due)
            for (key, entry) in due { entries[key]?.checkpoint = entry.state.version }
        }
        states.keep(entries)
        return work.map { one in
            let user = entries[.user(one.task)]?.state ?? EntityState()
            let project = entries[.project(one.task)]?.state ?? EntityState()
            let at = one.time.microseconds
            let input = FeatureInput(
                at: at, text: TextStatistics(title: one.task.title, body: one.task.body), user: user.view(at: at),
                project: project.view(at: at))
            return ServedFeatures(
                at: one.time, kind: one.kind,
                values: ServedFeatures.Values(
                    userVersion: user.version, projectVersion: project.version,
                    values: FeatureSet.current.values(of: input)))
        }
    }

    /// Says in the database what the numbers will mean, before the first of them.
    private func register() async throws(DatabaseError) {
        if isRegistered.isDone { return }
        try await reader.pool.execute(
            "INSERT INTO analysis.feature_sets (fingerprint, features) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            [FeatureSet.current.fingerprint, FeatureSet.current.references])
        isRegistered.finish()
    }

    /// Takes what people said into the histories; one statement for each batch.
    func record(_ events: [IncomingEvent]) async throws -> [Outcome] {
        var feedback: [CloudEvent<FeedbackRecorded>] = []
        var outcomes: [Outcome] = []
        for event in events {
            do {
                feedback.append(try event.decode(FeedbackRecorded.self))
                outcomes.append(.done)
            } catch {
                outcomes.append(.deadLetter(error))
            }
        }
        if !feedback.isEmpty { _ = try await FeatureHistory.append(feedback, to: reader.pool) }
        return outcomes
    }

    /// Keeps the inbox small, until it is cancelled.
    func run() async throws {
        while true {
            do throws(DatabaseError) {
                try await FeatureHistory.forgetInbox(reader.pool)
            } catch {
                logger.warning("old judgements can't be forgotten", metadata: ["reason": "\(error.reason)"])
            }
            try await Task.sleep(for: Self.sweepInterval)
        }
    }
}

/// Whether something that may be done twice was done.
private final class Once: Sendable {
    private let done = Atomic<Bool>(false)

    var isDone: Bool { done.load(ordering: .relaxed) }

    func finish() { done.store(true, ordering: .relaxed) }
}
