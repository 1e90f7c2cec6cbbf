import FoundationEssentials
import Logging
package import RetrainingTriggerCore
package import RetrainingTriggerJobs
import Settings

/// Who trains, and who is given the snapshots.
package struct TrainerSettings: Sendable {
    /// Where trainings happen.
    package enum Kind: String, CaseIterable, Sendable {
        /// In a child process of this service.
        case embedded
        /// In somebody's program on this machine.
        case command
        /// In a job of a Ray cluster.
        case ray
        /// In a custom job of Vertex AI.
        case vertex
    }

    package var kind = Kind.embedded
    /// Nil unless `kind` is `command`.
    package var command: CommandWords?
    /// Nil unless an address is set.
    package var ray: RayConfiguration?
    /// Nil unless a project is set.
    package var vertex: VertexConfiguration?
    /// Variables of our environment that programs get.
    package var passedVariables: [String] = []
    /// A larger candidate is refused.
    package var candidateMegabytes = 256
    /// Is given each snapshot; nil: nobody is.
    package var snapshotCommand: CommandWords?
    package var snapshotCommandIsRequired = false
    package var snapshotCommandTimeout: Duration = .seconds(60)
    package var snapshotCommandMegabytes = 1_024

    package init() {}

    init(reader: inout SettingsReader) {
        kind = reader.choice("TRAINER", default: .embedded, summary: "who trains")
        let text = reader.optionalString(
            "TRAINER_COMMAND",
            summary:
                "program that trains when TRAINER is command: its absolute path and arguments, or a JSON list of them"
        )
        command = Self.command(text, "TRAINER_COMMAND", &reader)
        if kind == .command, text == nil {
            reader.fault("TRAINER_COMMAND", "is required when TRAINER is command")
        }
        if kind == .command, let command, let fault = StartChecks.fault(ofProgram: command.program) {
            reader.fault("TRAINER_COMMAND", fault)
        }
        ray = Self.reading("RAY_COMMAND", &reader) { RayConfiguration.read(&$0, command: $1) }
        vertex = Self.reading("VERTEX_COMMAND", &reader) { VertexConfiguration.read(&$0, command: $1) }
        if kind == .ray, ray == nil { reader.fault("RAY_URL", "is required when TRAINER is ray") }
        if kind == .vertex, vertex == nil { reader.fault("VERTEX_PARENT", "is required when TRAINER is vertex") }
        let names = reader.string(
            "TRAINER_ENVIRONMENT", default: "",
            summary: "names of environment variables, with commas between them, that TRAINER_COMMAND and "
                + "SNAPSHOT_COMMAND get beside PATH, HOME, LANG, LC_ALL, TZ and TMPDIR")
        passedVariables = names.split { $0 == "," || $0 == " " }.map(String.init)
        candidateMegabytes = reader.integer(
            "TRAINING_CANDIDATE_MEGABYTES", default: 256, in: 1...1_000, unit: "MiB",
            summary: "a larger candidate is refused")
        ray?.candidateBytes = candidateMegabytes << 20
        vertex?.candidateBytes = candidateMegabytes << 20
        snapshotCommand = Self.command(
            reader.optionalString(
                "SNAPSHOT_COMMAND",
                summary: "program that is given each snapshot's folder and SHA-256, written like TRAINER_COMMAND"),
            "SNAPSHOT_COMMAND", &reader)
        snapshotCommandIsRequired = reader.flag(
            "SNAPSHOT_COMMAND_REQUIRED", default: false,
            summary: "whether a training fails when SNAPSHOT_COMMAND does; else it is logged and counted")
        snapshotCommandTimeout = reader.duration(
            "SNAPSHOT_COMMAND_TIMEOUT", default: .seconds(60), in: .seconds(1)...(.seconds(86_400)),
            summary: "longest time of SNAPSHOT_COMMAND, for which the training waits")
        snapshotCommandMegabytes = reader.integer(
            "SNAPSHOT_COMMAND_MEMORY_MEGABYTES", default: 1_024, in: 16...1_000_000, unit: "MiB",
            summary: "most memory of a process of SNAPSHOT_COMMAND")
    }

    private static func command(_ text: String?, _ name: String, _ reader: inout SettingsReader) -> CommandWords? {
        guard let text else { return nil }
        do throws(CommandFault) {
            return try CommandWords(text)
        } catch {
            reader.fault(name, error.reason)
            return nil
        }
    }

    /// Reads a system's settings, whose command is one of another machine.
    private static func reading<Configuration>(
        _ name: String, _ reader: inout SettingsReader,
        _ read: (inout SettingsReader, (String) -> [String]?) -> Configuration?
    ) -> Configuration? {
        var fault: String?
        let configuration = read(&reader) { text in
            do throws(CommandFault) {
                return try CommandWords(text, elsewhere: true).words
            } catch {
                fault = error.reason
                return nil
            }
        }
        if let fault { reader.fault(name, fault) }
        return configuration
    }

    private var environment: ProgramEnvironment {
        ProgramEnvironment(passing: passedVariables, from: ProcessInfo.processInfo.environment)
    }

    /// - Parameters:
    ///   - child: with the limits of who trains.
    ///   - timeout: for one training.
    func trainer(child: ChildProgram, timeout: Duration, logger: Logger) throws -> any ModelTrainer {
        switch kind {
        case .embedded: return EmbeddedTrainer(child: child)
        case .command:
            guard let command else { throw TrainingFault(reason: "TRAINER_COMMAND is missing") }
            return CommandTrainer(command: command, environment: environment, child: child)
        case .ray:
            guard let ray else { throw TrainingFault(reason: "RAY_URL is missing") }
            return RemoteTrainer(name: "Ray", service: RayJobs(ray, logger: logger), timeout: timeout)
        case .vertex:
            guard let vertex else { throw TrainingFault(reason: "VERTEX_PARENT is missing") }
            return RemoteTrainer(name: "Vertex AI", service: VertexJobs(vertex, logger: logger), timeout: timeout)
        }
    }

    /// - Parameter program: this program.
    func load(program: String, logger: Logger) -> SnapshotLoad? {
        snapshotCommand.map { command in
            SnapshotLoad(
                command: command, environment: environment, isRequired: snapshotCommandIsRequired,
                child: ChildProgram(
                    program: program, memoryMegabytes: snapshotCommandMegabytes, timeout: snapshotCommandTimeout),
                logger: logger)
        }
    }
}
