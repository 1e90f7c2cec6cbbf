import FaultServer
import Foundation
import TestSupport
import Testing

struct WrongCall: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let status: Int32
    /// Must be among what it says.
    let says: String
    var environment: [String: String] = [:]

    var testDescription: String { arguments.joined(separator: " ") }
}

@Suite struct ExitCodeTests {
    @Test(arguments: [
        WrongCall(arguments: ["nonsense"], status: 64, says: "nonsense"),
        WrongCall(arguments: ["tasks", "show", "7"], status: 64, says: "not a task's id"),
        WrongCall(arguments: ["tasks", "list", "--limit", "0"], status: 64, says: "--limit"),
        WrongCall(arguments: ["tasks", "feedback", "7", "category"], status: 64, says: "not a task's id"),
        WrongCall(arguments: ["tasks", "feedback", "7", "mood=good"], status: 64, says: "mood=good"),
        WrongCall(arguments: ["tasks", "feedback", "7", "effort=much"], status: 64, says: "effort=much"),
        WrongCall(arguments: ["trainings", "show", "x"], status: 64, says: "triagectl trainings show"),
        WrongCall(arguments: ["replay", "show", "x"], status: 64, says: "triagectl replay show"),
        WrongCall(arguments: ["rollouts", "show", "x"], status: 64, says: "triagectl rollouts show"),
        WrongCall(
            arguments: ["trainings", "start", "--reason", "x", "--accept", "label-nose"], status: 64,
            says: "--accept label-nose names no check of the data; there are minimum-size, "),
        WrongCall(arguments: ["dead-letters", "retry", "--all"], status: 64, says: "--queue"),
        WrongCall(arguments: ["dead-letters", "list", "--queue", "x"], status: 64, says: "ai-analyzer.tasks"),
        WrongCall(arguments: ["route", "--routes", "x"], status: 64, says: "--simulate"),
        WrongCall(
            arguments: ["route", "--routes", "x", "--simulate", "9", "--tier-share", "gold"], status: 64,
            says: "gold=20"),
        WrongCall(arguments: ["route", "--routes", "/nowhere.json", "--user", "u"], status: 78, says: "/nowhere.json"),
        WrongCall(arguments: ["migrate"], status: 78, says: "TRIAGELOOP_ADMIN_DATABASE_URL"),
        WrongCall(arguments: ["dead-letters"], status: 78, says: "TRIAGELOOP_AMQP_URL"),
        WrongCall(
            arguments: ["dead-letters"], status: 78, says: "AMQP URL is wrong",
            environment: ["TRIAGELOOP_AMQP_URL": "http://localhost"]),
        WrongCall(
            arguments: ["migrate"], status: 78, says: "/nowhere/secret",
            environment: ["TRIAGELOOP_ADMIN_DATABASE_URL_FILE": "/nowhere/secret"]),
    ])
    func `a wrong call says what is wrong and ends with its own code`(call: WrongCall) async throws {
        let run = try await TriageCtlRun(call.arguments, environment: call.environment)
        #expect(run.status == call.status)
        #expect(run.errors.contains(call.says), "\(run.errors)")
        // 64 is wrong usage, which the list of codes has nothing to do with.
        #expect(run.errors.contains("code INVALID_SETTINGS") == (call.status == 78), "\(run.errors)")
        #expect(run.output.isEmpty)
    }

    @Test(arguments: ["tasks list", "models list", "migrate --wait 0", "topology --declare"])
    func `what can't be reached is code 69, with the address`(command: String) async throws {
        let port = try LoopbackPort.free()
        let run = try await TriageCtlRun(
            command.split(separator: " ").map(String.init),
            environment: [
                "TRIAGELOOP_API_URL": "http://127.0.0.1:\(port)",
                "TRIAGELOOP_AMQP_URL": "amqp://guest:secret@127.0.0.1:\(port)/",
                "TRIAGELOOP_ADMIN_DATABASE_URL": "postgresql://postgres:secret@127.0.0.1:\(port)/x",
            ])
        #expect(run.status == 69)
        #expect(run.errors.contains("\(port)"), "\(run.errors)")
        let codes = ["migrate": "DATABASE_UNAVAILABLE", "topology": "BROKER_UNAVAILABLE"]
        if let code = codes.first(where: { command.hasPrefix($0.key) })?.value {
            #expect(run.errors.contains("code \(code)"), "\(run.errors)")
        }
        #expect(!run.errors.contains("secret"))
    }

    @Test func `a proxy of the environment is not asked for this machine's own services`() async throws {
        let (port, proxy) = (try LoopbackPort.free(), try LoopbackPort.free())
        let run = try await TriageCtlRun(
            ["tasks", "list"],
            environment: [
                "TRIAGELOOP_API_URL": "http://127.0.0.1:\(port)", "http_proxy": "http://127.0.0.1:\(proxy)",
                "no_proxy": "example.com",
            ])
        #expect(run.errors.contains("port \(port)"), "\(run.errors)")
        let far = try await TriageCtlRun(
            ["tasks", "list"],
            environment: ["TRIAGELOOP_API_URL": "http://far.example", "http_proxy": "http://127.0.0.1:\(proxy)"])
        #expect(far.errors.contains("port \(proxy)"), "\(far.errors)")
    }

    @Test func `doctor fails with an advice for everything that is down`() async throws {
        let port = try LoopbackPort.free()
        let run = try await TriageCtlRun(
            ["doctor"],
            environment: [
                "TRIAGELOOP_API_URL": "http://127.0.0.1:\(port)",
                "TRIAGELOOP_AMQP_URL": "amqp://guest:secret@127.0.0.1:\(port)/",
                "TRIAGELOOP_ADMIN_DATABASE_URL": "postgresql://postgres:secret@127.0.0.1:\(port)/x",
                "TRIAGELOOP_TASK_API_ADMIN_URL": "http://127.0.0.1:\(port)",
            ])
        #expect(run.status == 1)
        // api, task-api, database and broker; the two services without an address are only warned about.
        #expect(run.firstWords.count { $0 == "fail" } == 4, "\(run.output)")
        #expect(run.firstWords.count { $0 == "warn" } >= 2, "\(run.output)")
        #expect(run.firstWords.count { $0 == "->" } >= 6, "\(run.output)")
    }
}
