import ArgumentParser
import Contracts
import CurlHTTP
import Logging
import Settings

/// Where the API is and who asks.
struct APIOptions: ParsableArguments {
    @Option(name: .customLong("api-url"), help: "Address of task-api (TRIAGELOOP_API_URL).")
    var url: String?

    @Option(help: "Tenant that asks (TRIAGELOOP_TENANT; default: the key's, or default).")
    var tenant: String?

    @Option(help: "User that asks (TRIAGELOOP_USER; default: the key's, or anonymous).")
    var user: String?

    @Option(
        name: .customLong("api-key-file"),
        help: "File with an API key or a token to send (TRIAGELOOP_API_KEY, TRIAGELOOP_API_KEY_FILE).")
    var keyFile: String?

    @Option(name: .customLong("ca-file"), help: "PEM file of the authorities to trust (TRIAGELOOP_CA_FILE).")
    var authorities: String?

    func client() throws -> APIClient {
        var configuration = HTTPClientConfiguration()
        configuration.userAgent = "triagectl"
        configuration.caFile = try authorities ?? OperatorEnvironment.value("CA_FILE")
        configuration.proxy = .environment
        // The API sends a comment every 15 s: three missed ones mean that it is gone.
        configuration.idleTimeout = .seconds(45)
        var base = try url ?? OperatorEnvironment.value("API_URL") ?? "http://127.0.0.1:8080"
        while base.hasSuffix("/") { base.removeLast() }
        return APIClient(
            base: base, tenant: try tenant ?? OperatorEnvironment.value("TENANT"),
            user: try user ?? OperatorEnvironment.value("USER"), credential: try credential(for: base),
            http: HTTPClient(configuration: configuration, logger: .silent))
    }
}

extension APIOptions {
    /// A key or a token, which goes to no stranger: over TLS, or not beyond this machine or a network that is named safe.
    private func credential(for base: String) throws -> String? {
        let text = try keyFile.map(Self.read) ?? OperatorEnvironment.value("API_KEY")
        guard let text else { return nil }
        let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard isPlain, !text.isEmpty else {
            throw CommandFailure(.wrongSettings, "the API key has characters that no key has")
        }
        let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
        let isKept =
            try base.hasPrefix("https://") || local.contains { base == $0 || base.hasPrefix($0 + ":") }
            || base == OperatorEnvironment.value("API_PLAIN")
        guard isKept else {
            throw CommandFailure(
                .wrongSettings, "the API key would go over the network unprotected: use an https:// address")
        }
        return text
    }

    private static func read(_ path: String) throws -> String {
        var reader = SettingsReader(environment: [SettingsReader.prefix + "API_KEY_FILE": path])
        let text = reader.optionalString("API_KEY", summary: "", isSecret: true)
        guard reader.faults.isEmpty, let text else {
            let reasons = reader.faults.map(\.description).joined(separator: "\n")
            throw CommandFailure(.wrongSettings, reasons.isEmpty ? "\(path) holds no API key" : reasons)
        }
        return text
    }
}

/// A typed client of task-api's HTTP API.
struct APIClient: Sendable {
    let base: String
    /// Whose tasks; nil: the credential's tenant.
    let tenant: String?
    /// Nil: the credential's user.
    var user: String?
    /// An API key or a token. Never shown.
    let credential: String?
    let http: HTTPClient
    var deadline: Duration = .seconds(30)
    /// How many seconds a request may wait for its quota in all.
    private static let patience: Int64 = 300

    /// - Throws: `Problem` for the API's error answers, else `CommandFailure`.
    func get(_ path: String) async throws -> [UInt8] { try await send("GET", path, body: []).body }

    func get<Value: Decodable>(_ path: String, as type: Value.Type) async throws -> Value {
        try ContractJSON.decode(type, from: await get(path))
    }

    func post(_ path: String, _ value: some Encodable) async throws -> [UInt8] {
        try await send("POST", path, body: ContractJSON.encode(value)).body
    }

    /// Without a body.
    func post(_ path: String) async throws -> [UInt8] { try await send("POST", path, body: []).body }

    func patch(_ path: String, _ value: some Encodable) async throws -> [UInt8] {
        try await send("PATCH", path, body: ContractJSON.encode(value)).body
    }

    func delete(_ path: String) async throws -> [UInt8] { try await send("DELETE", path, body: []).body }

    /// A request that takes effect once for its key, however often it is sent.
    func post(_ path: String, _ value: some Encodable, key: String) async throws -> [UInt8] {
        try await send(
            "POST", path, body: ContractJSON.encode(value), headers: [HTTPHeader("Idempotency-Key", "\"\(key)\"")]
        ).body
    }

    /// The events of a stream, from after `lastID` on.
    func events(_ path: String, after lastID: String?) async throws -> ServerSentEvents {
        var request = request("GET", path, body: [])
        request.headers.append(HTTPHeader("Accept", "text/event-stream"))
        if let lastID { request.headers.append(HTTPHeader("Last-Event-ID", lastID)) }
        let stream: HTTPStream
        do {
            stream = try await http.stream(request)
        } catch {
            throw unreachable(error)
        }
        guard stream.status == 200 else {
            var body: [UInt8] = []
            for try await chunk in stream.body where body.count < 1 << 20 { body += chunk }
            throw failure(HTTPResponse(status: stream.status, headers: stream.headers, body: body))
        }
        return ServerSentEvents(stream.body)
    }

    /// A body that may be large, as it comes.
    func download(_ path: String) async throws -> HTTPBody {
        let stream: HTTPStream
        do {
            stream = try await http.stream(request("GET", path, body: []))
        } catch {
            throw unreachable(error)
        }
        guard stream.status == 200 else {
            var body: [UInt8] = []
            for try await chunk in stream.body where body.count < 1 << 20 { body += chunk }
            throw failure(HTTPResponse(status: stream.status, headers: stream.headers, body: body))
        }
        return stream.body
    }

    /// The user whom requests without a name act as.
    func ownUser() async throws -> String {
        if let user { return user }
        return credential == nil ? "anonymous" : try await get("/v1/caller", as: CallerView.self).user
    }

    private func send(
        _ method: String, _ path: String, body: [UInt8], headers: [HTTPHeader] = []
    ) async throws -> HTTPResponse {
        var request = request(method, path, body: body)
        request.headers += headers
        var patience = Self.patience
        while true {
            let response: HTTPResponse
            do {
                response = try await http.execute(request, deadline: deadline)
            } catch {
                throw unreachable(error)
            }
            if (200..<300).contains(response.status) { return response }
            // Nothing of a request beyond the quota was done.
            guard response.status == 429, let seconds = response.header("Retry-After").flatMap({ Int64($0) }),
                (0...patience).contains(seconds)
            else { throw failure(response) }
            patience -= max(seconds, 1)
            try await Task.sleep(for: .seconds(seconds))
        }
    }

    private func request(_ method: String, _ path: String, body: [UInt8]) -> HTTPRequest {
        var headers: [HTTPHeader] = []
        if let tenant { headers.append(HTTPHeader("X-Tenant-ID", tenant)) }
        if let user { headers.append(HTTPHeader("X-User-ID", user)) }
        if let credential { headers.append(HTTPHeader("Authorization", "Bearer " + credential)) }
        if !body.isEmpty { headers.append(HTTPHeader("Content-Type", "application/json")) }
        return HTTPRequest(method: method, url: base + path, headers: headers, body: body)
    }

    private func unreachable(_ error: HTTPClientError) -> any Error {
        guard error.isRetriable || error.code == .tls else { return error }
        return APIUnreachable(
            mayHaveArrived: ![.connectionFailed, .resolveFailed, .tls].contains(error.code),
            message: "task-api at \(base): \(error.reason); is it running, and is TRIAGELOOP_API_URL right?")
    }

    private func failure(_ response: HTTPResponse) -> any Error {
        // Not a problem of ours: something between us and the API answered.
        if let problem = try? ContractJSON.decode(Problem.self, from: response.body) { return problem }
        let text = String(decoding: response.body.prefix(400), as: UTF8.self).clipped(to: 200)
        let id = response.header("X-Correlation-ID").map { ", correlation id \($0)" } ?? ""
        return CommandFailure(
            response.status >= 500 ? .unavailable : .failed, "\(base) answered \(response.status)\(id): \(text)")
    }
}

/// No answer came from the API.
struct APIUnreachable: Error {
    /// Whether the request may have been carried out all the same.
    let mayHaveArrived: Bool
    let message: String
}

extension Logger {
    /// Commands speak for themselves.
    static var silent: Logger {
        Logger(label: "triagectl") { _ in SwiftLogNoOpLogHandler() }
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters.
func percentEncoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            result.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            let digits = String(byte, radix: 16, uppercase: true)
            result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
        }
    }
    return result
}
