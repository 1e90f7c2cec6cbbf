import APIKeys
import Contracts
import CurlHTTP
import Postgres
import TaskAPIContract
import TestSupport
import Testing

/// Every route × every kind of caller × own and foreign tenant: nothing leaks, and nothing is allowed that should not be.
///
/// Made from the route table: a new route is in it by itself, and fails here when its path can't be filled in.
struct RouteMatrixTests {
    @Test func `each route lets in whom it should, and shows and changes nothing of another tenant`() async throws {
        try await LiveHarness.run(settings: TwoTenants.settings) { harness in
            let world = try await TwoTenants(harness)
            let before = try await world.foreignState()
            var checked = 0
            for endpoint in RouteTable.all {
                for caller in MatrixCaller.allCases {
                    for isForeign in [false, true] {
                        checked += 1
                        try await check(endpoint, caller, isForeign: isForeign, world)
                    }
                }
            }
            #expect(try await world.foreignState() == before, "something of the foreign tenant was changed")
            #expect(checked == RouteTable.all.count * MatrixCaller.allCases.count * 2)
        }
    }

    private func check(
        _ endpoint: Endpoint, _ caller: MatrixCaller, isForeign: Bool, _ world: TwoTenants
    ) async throws {
        let what = "\(endpoint.method.rawValue) \(endpoint.path), \(caller), \(isForeign ? "foreign" : "own")"
        guard let target = try await world.path(of: endpoint, isForeign: isForeign) else {
            Issue.record("\(what): say in TwoTenants.path(of:isForeign:) what its path is made of")
            return
        }
        let answer = try await world.send(endpoint, target.path, caller)
        let isLetIn: Bool
        switch (endpoint.role, caller.refusal) {
        case (.anyone, _):
            isLetIn = true
            // What changes something has another way to know who sends.
            #expect(endpoint.method == .get ? answer.status == 200 : answer.status < 500, "\(what): \(answer.text)")
        case (_, .some(let code)):
            isLetIn = false
            #expect(answer.refusal == code && answer.status == code.httpStatus, "\(what): \(answer.text)")
        case (.operator, nil) where !caller.isOperator:
            isLetIn = false
            #expect(answer.refusal == .roleMissing && answer.status == 403, "\(what): \(answer.text)")
        case (_, nil):
            isLetIn = true
            #expect(![401, 403].contains(answer.status) && answer.status < 500, "\(what): \(answer.text)")
            // Foreign is as if it weren't there; own is there, or the line above would mean nothing.
            if target.isTenants { #expect((answer.status == 404) == isForeign, "\(what): \(answer.status)") }
        }
        var secrets = world.foreignWords
        // What the path names the answer may repeat.
        if isLetIn || isForeign { secrets.removeAll { target.path.contains($0) } }
        for word in secrets { #expect(!answer.text.contains(word), "\(what) shows \(word)") }
    }

    @Test func `a stream brings nothing of another tenant, and none of its tasks has one here`() async throws {
        try await LiveHarness.run(settings: TwoTenants.settings) { harness in
            let world = try await TwoTenants(harness)
            let stream = try await harness.http.stream(
                HTTPRequest(
                    url: harness.url + "/v1/events",
                    headers: [HTTPHeader("Authorization", "Bearer \(world.own.user.secret)")]))
            let reader = StreamReader()
            let reading = Task { for try await event in ServerSentEvents(stream.body) { reader.add(event) } }
            defer { reading.cancel() }
            // The same user name in both tenants.
            let foreign = try await harness.ask(
                "POST", "/v1/tasks", #"{"title":"later \#(TwoTenants.marker)"}"#, as: world.foreign.user.secret)
            #expect(foreign.status == 202)
            let own = try await harness.ask("POST", "/v1/tasks", #"{"title":"own"}"#, as: world.own.user.secret)
                .decoded(TaskView.self)
            try await eventually("the own event is there") {
                reader.events.contains { $0.data.contains(own.id.description) }
            }
            let foreignID = try foreign.decoded(TaskView.self).id.description
            #expect(!reader.events.contains { $0.data.contains(foreignID) || $0.data.contains(TwoTenants.marker) })
        }
    }
}

/// Who calls.
enum MatrixCaller: CaseIterable {
    case nobody, badKey, revokedKey, expiredKey, user, operatorOfTenant, userNamingForeignTenant, userNamingAnotherUser

    /// What they are told wherever callers are asked who they are; nil: they are let in, by their role.
    var refusal: ErrorCode? {
        switch self {
        case .nobody: .credentialsMissing
        case .badKey: .credentialsInvalid
        case .revokedKey: .credentialsRevoked
        case .expiredKey: .credentialsExpired
        case .user, .operatorOfTenant: nil
        case .userNamingForeignTenant, .userNamingAnotherUser: .identityMismatch
        }
    }

    var isOperator: Bool { self != .user }
}
