import Foundation
import Testing
import TriageModel

@Suite struct ArtifactFileTests {
    /// A file of its own that is gone after `body`.
    private func withFile<R>(_ bytes: [UInt8], _ body: (String) throws -> R) throws -> R {
        let path = FileManager.default.temporaryDirectory.appending(path: "artifact-\(UUID().uuidString)").path
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer {
            // Some tests take the file away themselves.
            try? FileManager.default.removeItem(atPath: path)
        }
        return try body(path)
    }

    private func code(_ path: String) -> ArtifactError.Code? {
        do throws(ArtifactError) {
            _ = try TriageModel.load(path: path)
            return nil
        } catch {
            return error.code
        }
    }

    private let texts = Samples.tasks(6, from: 50).map(\.text)

    @Test(arguments: [ArtifactAccess.copied, .mapped])
    func `a file gives the model that was written`(access: ArtifactAccess) throws {
        let model = try Samples.model()
        try withFile(model.serialized()) { path in
            let loaded = try TriageModel.load(path: path, access: access)
            #expect(loaded.header == model.header)
            #expect(loaded.serialized() == model.serialized())
            #expect(loaded.predict(texts) == model.predict(texts))
        }
    }

    @Test func `a file that is overwritten, shortened or removed leaves the loaded model as it was`() throws {
        let model = try Samples.model()
        let expected = model.predict(texts)
        try withFile(model.serialized()) { path in
            let loaded = try TriageModel.load(path: path)
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try file.write(contentsOf: Data(repeating: 0xff, count: model.serialized().count))
            #expect(loaded.predict(texts) == expected)
            // With the file mapped, this would end the process.
            try file.truncate(atOffset: 0)
            try file.close()
            #expect(loaded.predict(texts) == expected)
            try FileManager.default.removeItem(atPath: path)
            #expect(loaded.serialized() == model.serialized())
        }
    }

    @Test func `a mapped file that is replaced by another one leaves the loaded model as it was`() throws {
        let model = try Samples.model()
        try withFile(model.serialized()) { path in
            let loaded = try TriageModel.load(path: path, access: .mapped)
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path), options: .atomic)
            #expect(loaded.predict(texts) == model.predict(texts))
        }
    }

    @Test func `what is no file of an artifact's size is refused`() throws {
        #expect(try withFile([], code) == .tooSmall)
        #expect(code("/tmp") == .unreadable)
        #expect(code("/dev/zero") == .unreadable)
        let large = try withFile([]) { path in
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try file.truncate(atOffset: 65 << 20)
            try file.close()
            return code(path)
        }
        #expect(large == .tooLarge)
    }
}
