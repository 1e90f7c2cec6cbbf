import Contracts
import Foundation
import Glibc
import RetrainingTriggerCore
import TriageModel

/// What a child process of this program does instead of running the service. Blocks; call it before anything else
/// runs in the process.
package enum ChildCommand {
    static let train = "train-child"
    static let compare = "compare-child"
    static let validate = "validate-child"
    /// Somebody's program, under the same limits.
    static let foreign = "command-child"

    /// Runs the child command that the arguments name.
    /// - Returns: the exit code; `nil` when they name none.
    package static func run(_ arguments: [String] = CommandLine.arguments) -> Int32? {
        guard arguments.count > 1, [train, compare, validate, foreign].contains(arguments[1]) else { return nil }
        do {
            let options = try ChildOptions(arguments.dropFirst(2))
            let isForeign = arguments[1] == foreign
            // Started by hand, or by `command`, `ray` and the like, it is nobody's child and has their limits.
            if isForeign || options.optional("memory-megabytes") != nil {
                try prepare(memoryMegabytes: try options.number("memory-megabytes"), watchesParent: !isForeign)
            }
            switch arguments[1] {
            case foreign:
                try ForeignProgram.run(
                    try ContractJSON.decode([String].self, from: Array(try options.text("words").utf8)),
                    say: { say($0) })
            case train: try train(options)
            case validate: try validate(options)
            default: try compare(options)
            }
            return 0
        } catch let fault as TrainingFault {
            say(ChildMessage(kind: .failure, text: fault.reason, isFinal: fault.isFinal))
        } catch {
            let fault = FullDisk.fault(error, in: folder(of: arguments))
            say(ChildMessage(kind: .failure, text: fault?.reason ?? "\(error)", isFinal: false))
        }
        return 1
    }

    /// Where it writes.
    private static func folder(of arguments: [String]) -> String {
        guard let place = arguments.firstIndex(of: "--out"), place + 1 < arguments.count else {
            return "the work folder"
        }
        return URL(fileURLWithPath: arguments[place + 1]).deletingLastPathComponent().path
    }

    private static func train(_ options: ChildOptions) throws {
        let tasks = try tasks(options) { !$0.isHeldOut }
        let base = try TriageModel.load(path: try options.text("base"))
        guard let createdAt = EventTime(try options.text("created-at")) else {
            throw TrainingFault(reason: "--created-at is not a time")
        }
        var training = TrainingOptions(
            version: try options.text("version"),
            createdAt: Date(timeIntervalSince1970: Double(createdAt.secondsSinceEpoch)),
            lineage: ["snapshot": URL(fileURLWithPath: try options.text("snapshot")).lastPathComponent])
        training.embeddingModel = options.optional("embedding-model")
        if let model = training.embeddingModel { training.lineage["embeddings"] = model }
        training.doubtsAnswers = true
        // Beside the artifact: the folder of this run, which goes when the training is over.
        let output = try options.text("out")
        training.checkpointFolder = output + ".heads"
        var lastPercent = -10
        let model: TriageModel
        do {
            model = try Trainer.train(tasks, base: base, options: training) { progress in
                let percent = Int(progress.fraction * 100)
                guard percent >= lastPercent + 10 else { return }
                lastPercent = percent
                say(ChildMessage(kind: .progress, text: progress.stage, fraction: progress.fraction))
            }
        } catch {
            throw TrainingFault(reason: "\(error)", isFinal: error.code != .artifact && error.code != .checkpoint)
        }
        // Under its name it is whole.
        try Data(model.serialized()).write(to: URL(fileURLWithPath: output), options: .atomic)
    }

    private static func validate(_ options: ChildOptions) throws {
        let input = try ValidationFiles.read(
            order: try options.text("order"), feedback: try options.text("feedback"),
            snapshot: try options.text("snapshot"), base: try TriageModel.load(path: try options.text("base")))
        let report = Validation.report(input.facts, limits: input.limits)
        try Data(try ContractJSON.encode(report)).write(
            to: URL(fileURLWithPath: try options.text("out")), options: .atomic)
    }

    private static func compare(_ options: ChildOptions) throws {
        let snapshot = try options.text("snapshot")
        let examples = try SnapshotFolder.read(snapshot).filter(\.isHeldOut)
        let limits = try ContractJSON.decode(
            GateLimits.self, from: try Data(contentsOf: URL(fileURLWithPath: try options.text("limits"))))
        let champion = try TriageModel.load(path: try options.text("champion"))
        let challenger: TriageModel
        do {
            challenger = try TriageModel.load(path: try options.text("challenger"))
        } catch {
            throw TrainingFault(reason: "the candidate can't be loaded: \(error)", isFinal: true)
        }
        let comparison = ModelComparison(
            champion: champion, challenger: challenger, examples: examples, embeddings: try vectors(options),
            labels: try SnapshotFolder.labels(snapshot), limits: limits)
        say(ChildMessage(kind: .comparison, comparison: comparison))
    }

    /// Some of the snapshot's tasks, with their vectors where there are any.
    private static func tasks(
        _ options: ChildOptions, where isWanted: (DatasetExample) -> Bool
    ) throws -> [LabelledTask] {
        let vectors = try vectors(options)
        return try SnapshotFolder.read(try options.text("snapshot")).filter(isWanted).flatMap {
            $0.labelledTasks(embedding: vectors[$0.taskID])
        }
    }

    private static func vectors(_ options: ChildOptions) throws -> [Identifier: TextEmbedding] {
        try options.optional("vectors").map { try VectorLine.read($0) } ?? [:]
    }

    /// Low priority, bounded memory, and an end when the parent's is here.
    private static func prepare(memoryMegabytes: Int, watchesParent: Bool) throws {
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        // Private writable memory: unlike the address space it doesn't count what is only reserved.
        let bytes = rlim_t(memoryMegabytes) << 20
        var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
        guard setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0 else {
            throw TrainingFault(reason: "the memory can't be limited: errno \(errno)")
        }
        guard watchesParent else { return }
        Thread.detachNewThread {
            var byte: UInt8 = 0
            // The parent writes nothing: its end closes the pipe.
            while read(STDIN_FILENO, &byte, 1) > 0 || errno == EINTR {}
            _exit(75)
        }
    }

    private static func say(_ message: ChildMessage) {
        do {
            var line = try ContractJSON.encode(message)
            line.append(UInt8(ascii: "\n"))
            FileHandle.standardOutput.write(Data(line))
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
        }
    }
}

/// `--name value` pairs.
private struct ChildOptions {
    private var values: [String: String] = [:]

    init(_ arguments: ArraySlice<String>) throws {
        var rest = arguments
        while let name = rest.popFirst() {
            guard name.hasPrefix("--"), let value = rest.popFirst() else {
                throw TrainingFault(reason: "\(name) needs a value")
            }
            values[String(name.dropFirst(2))] = value
        }
    }

    func optional(_ name: String) -> String? { values[name] }

    func text(_ name: String) throws -> String {
        guard let value = values[name] else { throw TrainingFault(reason: "--\(name) is missing") }
        return value
    }

    func number(_ name: String) throws -> Int {
        guard let value = Int(try text(name)) else { throw TrainingFault(reason: "--\(name) is not a number") }
        return value
    }
}
