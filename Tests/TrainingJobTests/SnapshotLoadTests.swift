import Contracts
import Foundation
import TestSupport
import Testing

/// Who is given each snapshot, and what becomes of its faults.
@Suite struct SnapshotLoadTests {
    @Test func `a snapshot is given to the program once, whole and with what it holds`() async throws {
        try await TrainingSystem.run(["TRIAGELOOP_SNAPSHOT_COMMAND": #"["FOLDER/load", "to the lake"]"#]) { system in
            try system.script("load", #"echo "$1|$3" >>"\#(system.folder)/told"; cp "$2"/* "\#(system.folder)""#)
            try await system.giveFeedback()
            #expect(try await system.ended().state == "champion")
            let sha256 = try #require(try await system.string("SELECT snapshot_sha256 FROM training.trainings"))
            #expect(system.text(of: "told") == "to the lake|\(sha256)\n")
            let manifest = try ContractJSON.decode(JSONValue.self, from: Array(system.text(of: "manifest.json").utf8))
            for name in [
                "feedback", "examples", "trained", "held_out", "from", "to", "written_from", "written_to",
                "examples_sha256", "base_sha256", "features", "query", "redactions", "provenance",
            ] { #expect(manifest[name] != nil, "\(name) is missing") }
            #expect(manifest["query"]?["first_event"]?.stringValue?.count == 36)
            #expect(system.text(of: "examples.jsonl").split(separator: "\n").count == TrainingSystem.feedback)
        }
    }

    @Test(arguments: [(true, "failed"), (false, "champion")])
    func `a program that fails ends the training only where it is required`(isRequired: Bool, state: String)
        async throws
    {
        try await TrainingSystem.run([
            "TRIAGELOOP_SNAPSHOT_COMMAND": "FOLDER/load", "TRIAGELOOP_SNAPSHOT_COMMAND_REQUIRED": "\(isRequired)",
        ]) { system in
            try system.script("load", "echo the lake is dry >&2; exit 1")
            try await system.giveFeedback()
            let end = try await system.ended()
            #expect(end.state == state)
            let reason = "SNAPSHOT_COMMAND: load ended with code 1: the lake is dry"
            #expect(isRequired ? end.reason.contains(reason) : try system.service.log.contains(reason))
        }
    }
}
