import Contracts
import FoundationEssentials
import RetrainingTriggerCore

/// Lets somebody's program train: the order in its arguments, a candidate in the file that they name.
///
/// It has the limits of the embedded trainer's child process and runs in a child's care, so that nothing of it outlives
/// the timeout, the lease or the service.
struct CommandTrainer: ModelTrainer {
    /// The exit code of who can't train on these data, however often (`EX_DATAERR` of sysexits.h).
    static let dataFault: Int32 = 65

    let command: CommandWords
    let environment: ProgramEnvironment
    let child: ChildProgram

    func train(_ order: TrainingOrder, progress: @escaping @Sendable (String) -> Void) async throws {
        let ended = try await child.run(
            foreign: command.words + order.arguments,
            environment: environment.variables(order.story, more: ["TRIAGELOOP_TRAINING_ID": order.id.description]),
            progress: progress)
        guard let fault = ended.fault(of: command.program) else { return }
        throw TrainingFault(reason: fault, isFinal: ended.code == Self.dataFault)
    }
}

extension ChildMessage {
    /// Why a program's end is none that was wished for; nil after a good one.
    func fault(of program: String) -> String? {
        guard code != 0 else { return nil }
        let name = program.split(separator: "/").last ?? ""
        let how = code.map { "ended with code \($0)" } ?? "died of signal \(signal ?? 0)"
        let said = text.flatMap { $0.isEmpty ? nil : ": \($0)" } ?? ""
        return "\(name) \(how)\(said)"
    }
}

/// The environment of somebody's program: nothing of ours but what is meant for it, since ours has passwords.
struct ProgramEnvironment: Sendable {
    /// What every program gets, where we have it.
    private static let always = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"]

    private let passed: [String: String]

    /// - Parameter names: more variables of ours that it gets.
    init(passing names: [String], from own: [String: String]) {
        passed = own.filter { Self.always.contains($0.key) || names.contains($0.key) }
    }

    /// With the story, so that the program's own logs can name it.
    func variables(_ story: Story, more: [String: String]) -> [String: String] {
        passed.merging(
            ["TRIAGELOOP_CORRELATION_ID": story.correlationID, "TRACEPARENT": story.trace.traceparent]
        ) { $1 }.merging(more) { $1 }
    }
}
