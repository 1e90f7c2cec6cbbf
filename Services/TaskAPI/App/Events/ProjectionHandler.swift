import Contracts
import Logging
import Messaging
import Observability
import Postgres

/// Projects what the other services say; one transaction for each batch.
struct ProjectionHandler: Sendable {
    let store: ProjectionStore
    let logger: Logger

    func handle(_ events: [IncomingEvent]) async throws -> [Outcome] {
        var completed: [CloudEvent<AnalysisCompleted>] = []
        var statements: [Statement] = []
        var outcomes: [Outcome] = []
        for event in events {
            do {
                switch event.type {
                case .analysisCompleted: completed.append(try event.decode(AnalysisCompleted.self))
                case .analysisFailed: statements += store.failed(try event.decode(AnalysisFailed.self))
                case .modelRegistered:
                    statements.append(try store.registered(try event.decode(ModelRegistered.self).data))
                case .rolloutChanged:
                    statements.append(try store.rolledOut(try event.decode(RolloutChanged.self)))
                case .trainingChanged:
                    statements += try store.training(try event.decode(TrainingChanged.self).data)
                default: break
                }
                outcomes.append(.done)
            } catch let rejection as EventCoder.Rejection {
                outcomes.append(.deadLetter(rejection))
            }
        }
        if !completed.isEmpty { statements.append(store.completed(completed)) }
        if !statements.isEmpty { _ = try await store.pool.transaction(statements) }
        for event in completed {
            logger.event(
                .info, "analysis is shown", story: event.ownStory, taskID: event.data.analysis.taskID,
                eventID: event.id,
                eventType: event.type, more: ["revision": "\(event.data.analysis.revision)"])
        }
        return outcomes
    }
}
