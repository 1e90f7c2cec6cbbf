import AIAnalyzerProviders
import Contracts
import Glibc
import Logging
import Observability
import Resilience
import Rollout
import Synchronization
import UnixSignals

/// The providers that may be asked now, and who is served by which; follows its two files without a restart.
///
/// A version whose settings stay keeps its connections, its breaker and its answers. Files with faults change nothing:
/// what served goes on, and health warns.
final class ProviderDirectory: Sendable {
    /// What holds between two reloads.
    struct View: Sendable {
        let content: ProviderFiles.Content
        fileprivate let set: ProviderSet
        let slots: [String: ProviderSlot]

        /// The wanted version and its fallbacks, by name; none where the embedded model is wanted.
        func rungs(for target: RouteVariant) -> [String] {
            content.version(of: target).map { [$0] + (content.settings.fallbacks[$0] ?? []) } ?? []
        }
    }

    private struct State {
        var view: View
        /// What is wrong with the files now; nil when nothing is.
        var fault: String?
        var stamps: [Stamp?]
    }

    private struct Stamp: Equatable {
        let inode: UInt64
        let bytes: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    private let files: ProviderFiles
    private let settings: LadderSettings
    private let factory: ProviderFactory
    private let logger: Logger
    private let state: Mutex<State>

    /// - Throws: `ProviderFilesError`; the settings have checked the files already, but they may have changed since.
    init(settings: LadderSettings, logger: Logger) throws {
        self.settings = settings
        self.logger = logger
        files = ProviderFiles(providers: settings.providersFile, routes: settings.routesFile)
        factory = ProviderFactory(logger: logger)
        let stamps = Self.stamps(files)
        let content = try files.load()
        let set = factory.providers(for: content.settings)
        let slots = Self.slots(set, keeping: [:], settings, logger)
        state = Mutex(State(view: View(content: content, set: set, slots: slots), stamps: stamps))
    }

    var view: View { state.withLock { $0.view } }

    /// What the health page says.
    var health: HealthStatus {
        let (view, fault) = state.withLock { ($0.view, $0.fault) }
        var notes = view.content.versions.compactMap { name -> String? in
            guard let snapshot = view.slots[name]?.snapshot, snapshot.state != .closed else { return nil }
            return "\(name): circuit breaker \(snapshot.state.rawValue)"
        }
        if let fault { notes.append("the files have faults, the earlier ones hold: \(fault)") }
        return notes.isEmpty ? .pass : .warn(notes.joined(separator: "; "))
    }

    /// Takes the files in as they are now.
    func reload() {
        let stamps = Self.stamps(files)
        let previous = view
        do throws(ProviderFilesError) {
            let content = try files.load()
            let set = factory.providers(for: content.settings, keeping: previous.set)
            let slots = Self.slots(set, keeping: previous.slots, settings, logger)
            state.withLock { $0 = State(view: View(content: content, set: set, slots: slots), stamps: stamps) }
            for name in previous.slots.keys where slots[name] == nil { ProviderMetrics.gone(name) }
            let kept = slots.count { previous.slots[$0.key] === $0.value }
            logger.notice("providers reloaded", metadata: ["versions": "\(slots.count)", "kept": "\(kept)"])
        } catch {
            state.withLock { state in
                state.fault = error.description
                state.stamps = stamps
            }
            logger.error(
                "the providers' files have faults; the earlier ones hold",
                metadata: ["error_code": .string(ErrorCode.invalidSettings.rawValue), "reason": "\(error)"])
        }
    }

    /// Reloads on SIGHUP and when a file changes, until it is cancelled.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sighup) { self.reload() }
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: self.settings.reloadInterval)
                    if Self.stamps(self.files) != self.state.withLock({ $0.stamps }) { self.reload() }
                }
            }
        }
    }

    private static func stamps(_ files: ProviderFiles) -> [Stamp?] {
        [files.providers, files.routes].map { path in
            var status = stat()
            guard let path, stat(path, &status) == 0 else { return nil }
            return Stamp(
                inode: UInt64(status.st_ino), bytes: Int64(status.st_size), seconds: status.st_mtim.tv_sec,
                nanoseconds: status.st_mtim.tv_nsec)
        }
    }

    private static func slots(
        _ set: ProviderSet, keeping previous: [String: ProviderSlot], _ settings: LadderSettings, _ logger: Logger
    ) -> [String: ProviderSlot] {
        var slots: [String: ProviderSlot] = [:]
        for provider in set.providers {
            let name = provider.identity.description
            // The factory answers the same object where the settings are the same.
            if let known = previous[name], known.provider as AnyObject === provider as AnyObject {
                slots[name] = known
                continue
            }
            ProviderMetrics.breaker(name, .closed)
            slots[name] = ProviderSlot(provider, price: set.price(of: provider.identity), settings: settings) {
                ProviderMetrics.breaker($0, $1.to)
                logger.warning(
                    "circuit breaker changed",
                    metadata: [
                        "provider": "\($0)", "from": "\($1.from.rawValue)", "to": "\($1.to.rawValue)",
                        "reason": "\($1.reason.rawValue)",
                    ])
            }
        }
        return slots
    }
}
