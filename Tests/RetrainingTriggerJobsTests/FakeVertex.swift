import Contracts
import FaultServer
import Foundation
import Synchronization

/// Custom jobs and Cloud Storage, which take only what Google's documents say and answer only that.
final class FakeVertex: Sendable {
    struct State {
        /// What is wrong with calls so far.
        var faults: [String] = []
        /// Which methods were called, by their ids.
        var methods: [String] = []
        var objects: [String: [UInt8]] = [:]
        /// In the order of their creation.
        var jobs: [(name: String, displayName: String, state: String, body: JSONValue)] = []
        var error: String?
        var looks = 0
        var tokens = 0
    }

    typealias Turn = @Sendable (_ look: Int, _ state: inout State) -> Void

    let state = Mutex(State())
    private let server: Mutex<LocalServer?> = Mutex(nil)
    private let platform: DiscoveryDocument
    private let storage: DiscoveryDocument
    private let turn: Turn
    private let losesAnswer: @Sendable (LocalServer.Request) -> Bool

    /// - Parameters:
    ///   - losesAnswer: the work is done, and 503 is the answer.
    ///   - turn: what a look at a job, counted from one, finds before it is answered.
    init(losesAnswer: @escaping @Sendable (LocalServer.Request) -> Bool = { _ in false }, turn: @escaping Turn) throws {
        (platform, storage) = (try DiscoveryDocument("aiplatform.v1"), try DiscoveryDocument("storage.v1"))
        (self.turn, self.losesAnswer) = (turn, losesAnswer)
        let local = try LocalServer { [weak self] request, connection in
            guard let self else { return connection.drop() }
            let (status, body) = self.answer(request)
            let isLost = self.losesAnswer(request)
            connection.send(
                "HTTP/1.1 \(isLost ? 503 : status) Words\r\nContent-Length: \(isLost ? 0 : body.count)\r\n\r\n")
            if !isLost { connection.send(body) }
        }
        server.withLock { $0 = local }
    }

    var url: String { server.withLock { $0?.url("") ?? "" } }

    private func answer(_ request: LocalServer.Request) -> (Int, [UInt8]) {
        state.withLock { state in
            if request.target.hasPrefix("/token") {
                state.tokens += 1
                return (200, Array(#"{"access_token": "token-\#(state.tokens)", "expires_in": 3600}"#.utf8))
            }
            let document = request.target.contains("storage/v1") ? storage : platform
            guard let (method, faults) = document.method(request.method, request.target) else {
                state.faults.append("no method \(request.method) \(request.target)")
                return (404, [])
            }
            state.faults += faults
            guard request.headers["authorization"] == "Bearer token-\(state.tokens)" else { return (401, []) }
            state.methods.append(method.id)
            return request.target.contains("storage/v1")
                ? files(method, request, &state) : jobs(method, request, &state)
        }
    }

    private func files(
        _ method: DiscoveryDocument.Method, _ request: LocalServer.Request, _ state: inout State
    ) -> (Int, [UInt8]) {
        let parts = request.target.split(separator: "?")
        if request.method == "POST" {
            let name = parts[1].split(separator: "&").first { $0.hasPrefix("name=") }?.dropFirst("name=".count) ?? ""
            state.objects[name.removingPercentEncoding ?? ""] = request.body
            return (200, Array("{}".utf8))
        }
        let name = parts[0].split(separator: "/").last.map(String.init)?.removingPercentEncoding ?? ""
        return state.objects[name].map { (200, $0) } ?? (404, [])
    }

    private func jobs(
        _ method: DiscoveryDocument.Method, _ request: LocalServer.Request, _ state: inout State
    ) -> (Int, [UInt8]) {
        var answer: JSONValue = [:]
        // A body that isn't JSON fits no schema.
        let body = (try? ContractJSON.decode(JSONValue.self, from: request.body)) ?? .null
        if request.method == "POST" { state.faults += platform.faults(body, method, "request") }
        let path = request.target.split(separator: "?")[0]
        switch method.id.split(separator: ".").last {
        case "create":
            let name = "\(path.dropFirst("/v1/".count))/\(state.jobs.count + 1)"
            state.jobs.append((name, body["displayName"]?.stringValue ?? "", "JOB_STATE_QUEUED", body))
            answer = Self.job(state.jobs[state.jobs.count - 1], nil)
        case "list":
            let filter = request.target.split(separator: "filter=").last?.prefix { $0 != "&" } ?? ""
            let wanted = filter.removingPercentEncoding ?? ""
            answer = [
                "customJobs": .array(
                    state.jobs.filter { wanted == "display_name=\"\($0.displayName)\"" }.map {
                        Self.job($0, state.error)
                    })
            ]
        case "cancel":
            for index in state.jobs.indices where path == "/v1/\(state.jobs[index].name):cancel" {
                state.jobs[index].state = "JOB_STATE_CANCELLED"
            }
        default:
            state.looks += 1
            turn(state.looks, &state)
            guard let job = state.jobs.first(where: { path == "/v1/\($0.name)" }) else { return (404, []) }
            answer = Self.job(job, state.error)
        }
        state.faults += platform.faults(answer, method, "response")
        return (200, Array(answer.text().utf8))
    }

    private static func job(
        _ job: (name: String, displayName: String, state: String, body: JSONValue), _ error: String?
    ) -> JSONValue {
        var answer: [String: JSONValue] = [
            "name": .string(job.name), "displayName": .string(job.displayName), "state": .string(job.state),
            "createTime": "2026-11-23T10:00:00Z", "jobSpec": job.body["jobSpec"] ?? [:],
        ]
        if let error { answer["error"] = ["code": 3, "message": .string(error)] }
        return .object(answer)
    }
}
