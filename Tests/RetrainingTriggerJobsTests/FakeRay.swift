import Contracts
import Crypto
import FaultServer
import Foundation
import RetrainingTriggerJobs
import Synchronization

/// Ray's Jobs API as far as we use it, with the answers of Ray 2.60, and as faulty as a test wants.
final class FakeRay: Sendable {
    struct State {
        /// Status of each job, by its id.
        var jobs: [String: String] = [:]
        var packages: Set<String> = []
        var submissions = 0
        var stopped: [String] = []
        var looks = 0
    }

    /// What a look at a job, counted from one, finds before it is answered.
    typealias Turn = @Sendable (_ look: Int, _ state: inout State) -> Void

    let state = Mutex(State())
    private let server: Mutex<LocalServer?> = Mutex(nil)
    private let turn: Turn
    private let fault: @Sendable (LocalServer.Request, inout State) -> String?
    private let log: String

    /// - Parameters:
    ///   - fault: an answer in place of the right one.
    ///   - log: of each job.
    init(
        log: String = "", fault: @escaping @Sendable (LocalServer.Request, inout State) -> String? = { _, _ in nil },
        turn: @escaping Turn
    ) throws {
        (self.turn, self.fault, self.log) = (turn, fault, log)
        let local = try LocalServer { [weak self] request, connection in
            guard let self else { return connection.drop() }
            connection.send(self.answer(request))
        }
        server.withLock { $0 = local }
    }

    var url: String { server.withLock { $0?.url("") ?? "" } }

    private func answer(_ request: LocalServer.Request) -> String {
        state.withLock { state in
            if let fault = fault(request, &state) { return fault }
            let parts = request.target.split(separator: "/").map(String.init)
            switch (request.method, parts.dropFirst().first ?? "", parts.count) {
            case ("GET", "packages", _): return Self.http(state.packages.contains(parts[3]) ? 200 : 404)
            case ("PUT", "packages", _):
                state.packages.insert(parts[3])
                return Self.http(200)
            case ("POST", "jobs", 2): return submit(request, &state)
            case ("POST", "jobs", _):
                state.stopped.append(parts[2])
                state.jobs[parts[2]] = "STOPPED"
                return Self.http(200, #"{"stopped": true}"#)
            case ("GET", "jobs", 4): return Self.http(200, (["logs": .string(log)] as JSONValue).text())
            default:
                state.looks += 1
                turn(state.looks, &state)
                guard let status = state.jobs[parts[2]] else { return Self.http(404, "Job does not exist") }
                let code = status == "FAILED" ? 65 : 0
                return Self.http(
                    200, #"{"status": "\#(status)", "message": "it said so", "driver_exit_code": \#(code)}"#)
            }
        }
    }

    private func submit(_ request: LocalServer.Request, _ state: inout State) -> String {
        // A body that isn't JSON has no id.
        let body = try? ContractJSON.decode(JSONValue.self, from: request.body)
        guard let id = body?["submission_id"]?.stringValue,
            let package = body?["runtime_env"]?["working_dir"]?.stringValue,
            state.packages.contains(String(package.dropFirst("gcs://".count)))
        else { return Self.http(400, "ValueError: no such package") }
        guard state.jobs[id] == nil else { return Self.http(500, "Traceback\nValueError: \(id) already exists.\n.") }
        state.jobs[id] = "PENDING"
        state.submissions += 1
        return Self.http(200, #"{"submission_id": "\#(id)"}"#)
    }

    static func http(_ status: Int, _ body: String = "") -> String {
        "HTTP/1.1 \(status) Words\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// A job's log with this candidate in it.
    static func log(_ candidate: [UInt8], of id: Identifier) -> String {
        let hash = SHA256.hash(data: candidate).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let text = Data(candidate).base64EncodedString()
        return "hello\n\nTRIAGELOOP CANDIDATE \(id) \(candidate.count) \(hash)\n\(text)\nTRIAGELOOP END \(id)\n"
    }
}
