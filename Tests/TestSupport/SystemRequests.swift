package import Contracts
package import CurlHTTP

extension RunningSystem {
    /// Sends a request with a JSON body.
    package func send(
        _ method: String, _ path: String, json: String? = nil, user: String = "tester", headers: [HTTPHeader] = []
    ) async throws -> HTTPResponse {
        var all = [HTTPHeader("X-User-ID", user)] + headers
        if json != nil { all.append(HTTPHeader("Content-Type", "application/json")) }
        return try await http.execute(
            HTTPRequest(method: method, url: url + path, headers: all, body: Array((json ?? "").utf8)),
            deadline: .seconds(10))
    }

    /// Creates a task.
    package func create(_ title: String, body: String = "", project: String = "default") async throws -> TaskView {
        let draft = try ContractJSON.encode(TaskDraft(title: title, body: body, project: project))
        let response = try await send("POST", "/v1/tasks", json: String(decoding: draft, as: UTF8.self))
        guard response.status == 202 else {
            throw ServiceProcess.Failure(
                description: "create: \(response.status) \(String(decoding: response.body, as: UTF8.self))")
        }
        return try ContractJSON.decode(TaskView.self, from: response.body)
    }

    package func task(_ id: Identifier) async throws -> TaskView {
        try ContractJSON.decode(TaskView.self, from: try await send("GET", "/v1/tasks/\(id)").body)
    }

    package func timeline(_ id: Identifier) async throws -> [TimelineItem] {
        try ContractJSON.decode(Page<TimelineItem>.self, from: try await send("GET", "/v1/tasks/\(id)/timeline").body)
            .items
    }

    /// Returns the task once its current revision is analysed.
    package func analysed(_ id: Identifier, within limit: Duration = .seconds(20)) async throws -> TaskView {
        try await eventually("task \(id) is analysed", within: limit) {
            try await self.task(id).status == .analysed
        }
        return try await task(id)
    }

    package func giveFeedback(_ id: Identifier, _ json: String, user: String = "tester") async throws -> HTTPResponse {
        try await send("POST", "/v1/tasks/\(id)/feedback", json: json, user: user)
    }
}
