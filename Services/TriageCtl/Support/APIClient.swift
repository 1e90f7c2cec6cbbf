import ArgumentParser
import Contracts
import CurlHTTP
import Logging

/// Where the API is and who asks.
struct APIOptions: ParsableArguments {
    @Option(name: .customLong("api-url"), help: "Address of task-api (TRIAGELOOP_API_URL).")
    var url: String?

    @Option(help: "Tenant that asks (TRIAGELOOP_TENANT; default: default).")
    var tenant: String?

    @Option(help: "User that asks (TRIAGELOOP_USER; default: anonymous).")
    var user: String?

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
            base: base, tenant: try tenant ?? OperatorEnvironment.value("TENANT") ?? "default",
            user: try user ?? OperatorEnvironment.value("USER") ?? "anonymous",
            http: HTTPClient(configuration: configuration, logger: .silent))
    }
}

/// A typed client of task-api's HTTP API.
struct APIClient: Sendable {
    let base: String
    let tenant: String
    var user: String
    let http: HTTPClient
    var deadline: Duration = .seconds(30)

    /// - Throws: `Problem` for the API's error answers, else `CommandFailure`.
    func get(_ path: String) async throws -> [UInt8] { try await send("GET", path, body: []).body }

    func get<Value: Decodable>(_ path: String, as type: Value.Type) async throws -> Value {
        try ContractJSON.decode(type, from: await get(path))
    }

    func post(_ path: String, _ value: some Encodable) async throws -> [UInt8] {
        try await send("POST", path, body: ContractJSON.encode(value)).body
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

    private func send(_ method: String, _ path: String, body: [UInt8]) async throws -> HTTPResponse {
        let response: HTTPResponse
        do {
            response = try await http.execute(request(method, path, body: body), deadline: deadline)
        } catch {
            throw unreachable(error)
        }
        guard (200..<300).contains(response.status) else { throw failure(response) }
        return response
    }

    private func request(_ method: String, _ path: String, body: [UInt8]) -> HTTPRequest {
        var headers = [HTTPHeader("X-Tenant-ID", tenant), HTTPHeader("X-User-ID", user)]
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
