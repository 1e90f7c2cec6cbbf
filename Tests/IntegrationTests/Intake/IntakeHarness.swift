import Contracts
import Crypto
import CurlHTTP
import Foundation
import TestSupport

/// What GitHub and GitLab send.
enum IntakeSamples {
    static let settings = ["TRIAGELOOP_SECRETS_KEY": Data(repeating: 7, count: 32).base64EncodedString()]

    /// An `issues` event as GitHub sends it, with more members than are read.
    static func gitHub(
        _ action: String, issue: Int = 2_187_001_942, title: String = "Checkout crashes on an empty cart",
        body: String = "Open the cart, remove the last item, press Pay: error 500.", at time: String = "08:30:00",
        label: String? = nil, sender: String = "octocat", type: String = "User"
    ) throws -> [UInt8] {
        var members: [String: JSONValue] = [
            "action": .string(action),
            "issue": [
                "id": .number(Double(issue)), "node_id": "I_kwDO", "number": 12, "title": .string(title),
                "body": .string(body), "html_url": "https://github.com/acme/shop/issues/12", "state": "open",
                "user": ["login": "octocat", "id": 1, "type": "User"], "labels": [["id": 1, "name": "shop"]],
                "created_at": "2026-11-23T08:30:00Z", "updated_at": .string("2026-11-23T\(time)Z"),
                "reactions": ["+1": 0], "assignee": .null,
            ],
            "repository": ["id": 1, "full_name": "acme/shop", "private": true],
            "sender": ["login": .string(sender), "id": 1, "type": .string(type)],
        ]
        if let label { members["label"] = ["id": 2, "name": .string(label), "color": "d73a4a"] }
        return Array(JSONValue.object(members).text().utf8)
    }

    static func gitLab(_ action: String, title: String = "Checkout crashes", labels: [String] = []) -> [UInt8] {
        let names = labels.map { #"{"id":1,"title":"\#($0)"}"# }.joined(separator: ",")
        return Array(
            """
            {"object_kind":"issue","event_type":"issue","user":{"id":1,"username":"root"},
             "project":{"id":1,"path_with_namespace":"acme/shop"},
             "object_attributes":{"id":301,"iid":23,"title":"\(title)","description":"boom","state":"opened",
              "action":"\(action)","confidential":false,"url":"https://gitlab.example/acme/shop/-/issues/23",
              "updated_at":"2026-11-23 08:30:00 UTC"},
             "labels":[\(names)],"changes":{"labels":{"previous":[],"current":[\(names)]}}}
            """.utf8)
    }
}

/// One who sends webhooks to a source.
struct HookSender: Sendable {
    let http: HTTPClient
    let url: String
    let source: IntakeSourceView

    /// Makes a source as an operator does.
    static func make(
        _ draft: IntakeSourceDraft, http: HTTPClient, url: String, tenant: String = "default"
    ) async throws -> HookSender {
        let answer = try await http.execute(
            HTTPRequest(
                method: "POST", url: url + "/v1/intake/sources",
                headers: [
                    HTTPHeader("X-User-ID", "operator"), HTTPHeader("X-Tenant-ID", tenant),
                    HTTPHeader("Content-Type", "application/json"),
                ], body: try ContractJSON.encode(draft)), deadline: .seconds(10))
        guard answer.status == 201 else {
            throw ServiceProcess.Failure(
                description: "\(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
        }
        return HookSender(
            http: http, url: url, source: try ContractJSON.decode(IntakeSourceView.self, from: answer.body))
    }

    static func hub(_ body: [UInt8], _ secret: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array(secret.utf8)))
        return "sha256=" + code.map { String(format: "%02x", $0) }.joined()
    }

    /// Sends as GitHub does.
    /// - Parameter signature: nil: the right one.
    func gitHub(
        _ body: [UInt8], event: String = "issues", delivery: String = Identifier().description,
        signature: String? = nil
    ) async throws -> HTTPResponse {
        try await post(
            body,
            [
                HTTPHeader("X-GitHub-Event", event), HTTPHeader("X-GitHub-Delivery", delivery),
                HTTPHeader("X-Hub-Signature-256", signature ?? Self.hub(body, source.secret ?? "")),
            ])
    }

    func post(_ body: [UInt8], _ headers: [HTTPHeader]) async throws -> HTTPResponse {
        try await http.execute(
            HTTPRequest(
                method: "POST", url: url + source.path,
                headers: headers + [HTTPHeader("Content-Type", "application/json")], body: body),
            deadline: .seconds(20))
    }
}

extension HTTPResponse {
    /// What became of a delivery.
    var receipt: IntakeReceipt { get throws { try ContractJSON.decode(IntakeReceipt.self, from: body) } }
    /// Why a request was refused.
    var problem: Problem { get throws { try ContractJSON.decode(Problem.self, from: body) } }
}
