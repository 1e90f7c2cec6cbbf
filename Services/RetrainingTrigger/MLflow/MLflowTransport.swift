import Contracts
import CurlHTTP
import FoundationEssentials
import Logging

/// One request to MLflow's REST API (base `/api/2.0`, MLflow 3) and its answer or its refusal.
struct MLflowTransport: Sendable {
    /// What MLflow says of a refusal.
    private struct Refusal: Decodable {
        let errorCode: String?
        let message: String?

        enum CodingKeys: String, CodingKey {
            case errorCode = "error_code"
            case message
        }
    }

    private let configuration: MLflowConfiguration
    private let http: HTTPClient

    init(_ configuration: MLflowConfiguration, logger: Logger) {
        self.configuration = configuration
        var transport = HTTPClientConfiguration()
        transport.maximumResponseBytes = 4 << 20
        transport.caFile = configuration.caFile
        transport.proxy = .environment
        // What creates would create twice: the next attempt looks first.
        transport.resendsOnLostConnection = false
        http = HTTPClient(configuration: transport, logger: logger)
    }

    func get<Answer: Decodable>(
        _ path: String, _ query: [(String, String)], as type: Answer.Type = Answer.self
    ) async throws(MLflowError) -> Answer {
        let text = query.map { "\($0)=\(Self.percentEncoded($1))" }.joined(separator: "&")
        return try decode(await send("GET", "mlflow/\(path)?\(text)"))
    }

    func post<Answer: Decodable>(
        _ path: String, _ message: some Encodable, as type: Answer.Type = Answer.self
    ) async throws(MLflowError) -> Answer {
        try decode(await send("POST", "mlflow/\(path)", json: message))
    }

    /// The same where the answer says nothing.
    func post(_ path: String, _ message: some Encodable) async throws(MLflowError) {
        _ = try await send("POST", "mlflow/\(path)", json: message)
    }

    func delete(_ path: String, _ message: some Encodable) async throws(MLflowError) {
        _ = try await send("DELETE", "mlflow/\(path)", json: message)
    }

    /// Stores a file; the same file again is no matter.
    /// - Parameter path: under the server's artifact root, as its artifact addresses have it.
    func put(artifact path: String, _ bytes: [UInt8]) async throws(MLflowError) {
        let encoded = path.split(separator: "/").map { Self.percentEncoded(String($0)) }.joined(separator: "/")
        _ = try await send("PUT", "mlflow-artifacts/artifacts/" + encoded, bytes, "application/octet-stream")
    }

    private func send(
        _ method: String, _ path: String, json message: some Encodable
    ) async throws(MLflowError) -> HTTPResponse {
        let body: [UInt8]
        do {
            body = try ContractJSON.encode(message)
        } catch {
            throw MLflowError(.malformed, "a request can't be written: \(error)")
        }
        return try await send(method, path, body, "application/json")
    }

    private func send(
        _ method: String, _ path: String, _ body: [UInt8] = [], _ contentType: String? = nil
    ) async throws(MLflowError) -> HTTPResponse {
        var headers = [HTTPHeader("Accept", "application/json")]
        if let contentType { headers.append(HTTPHeader("Content-Type", contentType)) }
        if let token = configuration.token { headers.append(HTTPHeader("Authorization", "Bearer \(token)")) }
        let response: HTTPResponse
        do throws(HTTPClientError) {
            response = try await http.execute(
                HTTPRequest(method: method, url: configuration.url + "/api/2.0/" + path, headers: headers, body: body),
                deadline: configuration.timeout)
        } catch {
            // libcurl's own words may have the address in them, which may have a secret.
            throw MLflowError(error.code == .cancelled ? .cancelled : .transport, error.code.rawValue)
        }
        guard (200..<300).contains(response.status) else { throw refusal(response) }
        return response
    }

    private func decode<Answer: Decodable>(_ response: HTTPResponse) throws(MLflowError) -> Answer {
        do {
            return try ContractJSON.decode(Answer.self, from: response.body)
        } catch {
            throw MLflowError(.malformed, "an answer that isn't MLflow's", status: response.status)
        }
    }

    private func refusal(_ response: HTTPResponse) -> MLflowError {
        // Not every refusal is MLflow's own: a proxy's has no JSON.
        let said = try? ContractJSON.decode(Refusal.self, from: response.body)
        let code: MLflowError.Code =
            switch response.status {
            case 401, 403: .unauthorised
            case 408, 429, 500...599: .unavailable
            default: .refused
            }
        // A server may quote the token that it refuses, and be it only its beginning.
        let quotes = configuration.token.map { (said?.message ?? "").contains($0.prefix(8)) } ?? false
        let message = (quotes ? nil : said?.message).map {
            String($0.unicodeScalars.filter { $0.value >= 0x20 }.prefix(300).map(Character.init))
        }
        let reason =
            "status \(response.status)" + (said?.errorCode.map { " \($0)" } ?? "") + (message.map { ": \($0)" } ?? "")
        return MLflowError(code, reason, status: response.status, errorCode: said?.errorCode)
    }

    /// RFC 3986's unreserved characters stay.
    static func percentEncoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || [0x2d, 0x2e, 0x5f, 0x7e].contains(byte)
            let digits = String(byte, radix: 16, uppercase: true)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (digits.count < 2 ? "0" : "") + digits
        }.joined()
    }
}
