import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct RouteCommandTests {
    private let routes = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("docs/examples/routes.json").path

    @Test func `a rule that fixes the version is named`() async throws {
        let run = try await TriageCtlRun(["route", "--routes", routes, "--user", "ada", "--tier", "gold"])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.hasPrefix("stable: gateway/2026-10 (targeting_match)\n"), "\(run.output)")
        #expect(run.output.contains("rule \"gold customers get what is proven\" is the first that matches"))
        #expect(run.output.contains("shadows, which ai-analyzer doesn't run yet: next"))
    }

    @Test func `a split is explained as JSON, with the event for the trace`() async throws {
        let run = try await TriageCtlRun([
            "route", "--routes", routes, "--user", "ada", "--group", "beta", "--json",
        ])
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any], "\(run.errors)")
        let split = try #require(report["split"] as? [String: Any])
        let bucket = try #require(split["bucket"] as? Int)
        #expect(report["variant"] as? String == (bucket < 5_000 ? "next" : "stable"))
        #expect(split["experiment"] as? String == "beta-2026-11")
        let evaluation = try #require(report["evaluation"] as? [String: String])
        #expect(evaluation["feature_flag.key"] == "triage-model")
        #expect(evaluation["feature_flag.result.reason"] == "split")
        #expect(evaluation["feature_flag.context.id"] == "ada")
    }

    @Test func `a balanced split asks for the user's number`() async throws {
        let without = try await TriageCtlRun(["route", "--routes", routes, "--user", "ada"])
        #expect(without.status == 1 && without.errors.contains("--number"), "\(without.errors)")
        let with = try await TriageCtlRun(["route", "--routes", routes, "--user", "ada", "--number", "4"])
        #expect(with.output.hasPrefix("next: gateway/2026-11 (split)\n"), "\(with.output)")
        #expect(with.output.contains("user number 4 of the experiment gives bucket 7"))
    }

    @Test func `a balanced split finds the number that the service gave`() async throws {
        try await withMigratedDatabase { database in
            try await database.withPool(role: "triageloop_analysis") { pool in
                _ = try await pool.query(
                    "SELECT * FROM analysis.number_route_users($1::text[], $2::text[], $3::text[])",
                    [["next-2026-11", "next-2026-11"], ["default", "default"], ["bob", "ada"]])
            }
            let arguments = ["route", "--routes", routes, "--user"]
            let environment = ["TRIAGELOOP_ADMIN_DATABASE_URL": database.url]
            let ada = try await TriageCtlRun(arguments + ["ada"], environment: environment)
            #expect(
                ada.output.contains("user number 2 of the experiment gives bucket 15"), "\(ada.output)\(ada.errors)")
            #expect(ada.errors.isEmpty)
            let cleo = try await TriageCtlRun(arguments + ["cleo"], environment: environment)
            #expect(cleo.status == 0 && cleo.output.contains("user number 3 of the experiment"), "\(cleo.output)")
            #expect(cleo.errors.contains("cleo has no number in next-2026-11 yet"), "\(cleo.errors)")
        }
    }

    @Test func `a simulation lands within a point, and says so`() async throws {
        let run = try await TriageCtlRun([
            "route", "--routes", routes, "--simulate", "10000", "--users", "1000", "--tier-share", "gold=20",
            "--within", "1",
        ])
        #expect(run.status == 0, "\(run.errors)")
        let lines = run.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let shares = lines.filter { $0.first == "(no" }.map { $0.suffix(7) }
        #expect(
            shares.map(Array.init) == [
                ["next", "10", "80", "10", "800", "10", "0"], ["stable", "90", "720", "90", "7200", "90", "0"],
            ], "\(run.output)")
        #expect(run.output.contains("users served by more than one variant: 0"))
    }

    @Test func `a table with faults lists all of them`() async throws {
        let file = URL(fileURLWithPath: NSTemporaryDirectory() + "routes-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }  // What is left in a temporary folder harms nobody.
        try Data(#"{"name": "n", "variants": {}, "otherwise": {"variant": "a", "wieghts": {}}}"#.utf8).write(to: file)
        let run = try await TriageCtlRun(["route", "--routes", file.path, "--user", "ada"])
        #expect(run.status == 78)
        for fault in ["variants: 1 to 50 variants", "otherwise.variant: there is no variant a", "otherwise.wieghts"] {
            #expect(run.errors.contains(fault), "\(run.errors)")
        }
    }
}
