import Foundation
import Testing
import TriageModel

@Suite struct CheckpointTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "checkpoints-\(UUID())").path

    private var options: TrainingOptions {
        var options = Samples.options()
        options.checkpointFolder = folder
        return options
    }

    private func stages(_ tasks: [LabelledTask], _ options: TrainingOptions) throws -> (TriageModel, [String]) {
        var stages: [String] = []
        let model = try Trainer.train(tasks, base: nil, options: options) { stages.append($0.stage) }
        return (model, stages)
    }

    private func files() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

    @Test func `an interrupted training goes on behind its finished heads, to the same bytes`() throws {
        defer { remove() }
        let plain = try Trainer.train(Samples.tasks(24), base: nil, options: Samples.options())
        let (first, all) = try stages(Samples.tasks(24), options)
        #expect(first.serialized() == plain.serialized())
        #expect(all.contains { $0.hasPrefix("category:") } && all.contains { $0.hasPrefix("effort:") })
        // As if the process had died in the last head.
        let effort = try #require(try files().first { $0.hasPrefix("effort-") })
        try FileManager.default.removeItem(atPath: "\(folder)/\(effort)")
        let (second, rest) = try stages(Samples.tasks(24), options)
        #expect(second.serialized() == plain.serialized())
        #expect(!rest.contains { $0.hasPrefix("category:") || $0.hasPrefix("priority:") })
        #expect(rest.contains { $0.hasPrefix("effort:") })
    }

    @Test func `other tasks or another seed find nothing`() throws {
        defer { remove() }
        _ = try stages(Samples.tasks(24), options)
        var tasks = Samples.tasks(24)
        tasks[0].text.title += "!"
        #expect(try stages(tasks, options).1.contains { $0.hasPrefix("category:") })
        var other = options
        other.seed = 2
        #expect(try stages(Samples.tasks(24), other).1.contains { $0.hasPrefix("category:") })
    }

    @Test func `a damaged head is trained again`() throws {
        defer { remove() }
        let (first, _) = try stages(Samples.tasks(24), options)
        for name in try files() { try Data([1, 2, 3]).write(to: URL(filePath: "\(folder)/\(name)")) }
        let (second, all) = try stages(Samples.tasks(24), options)
        #expect(all.contains { $0.hasPrefix("category:") })
        #expect(second.serialized() == first.serialized())
    }

    @Test func `a folder that can't be written is an error that says so`() throws {
        var options = Samples.options()
        options.checkpointFolder = "/proc/nowhere"
        #expect(throws: TrainingError.self) { try Trainer.train(Samples.tasks(24), base: nil, options: options) }
    }

    private func remove() {
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            Issue.record("\(folder) is left: \(error)")
        }
    }
}
