import Contracts
import CurlHTTP
import FoundationEssentials
import Logging

/// One request to a job service and its answer or its refusal.
struct JobTransport: Sendable {
    private let http: HTTPClient
    private let timeout: Duration

    /// - Parameters:
    ///   - timeout: for one request.
    ///   - caFile: PEM file of the authorities to trust in place of the system's.
    ///   - maximumAnswerBytes: a larger answer is refused.
    init(timeout: Duration, caFile: String?, maximumAnswerBytes: Int, logger: Logger) {
        var transport = HTTPClientConfiguration()
        transport.maximumResponseBytes = maximumAnswerBytes
        transport.caFile = caFile
        transport.proxy = .environment
        // What creates would create twice: the next attempt looks first.
        transport.resendsOnLostConnection = false
        http = HTTPClient(configuration: transport, logger: logger)
        self.timeout = timeout
    }

    /// - Returns: the answer, whose status is one of 2xx.
    /// - Throws: `JobFault`; its reason is the service's own, cut.
    func send(_ request: HTTPRequest) async throws(JobFault) -> HTTPResponse {
        let response: HTTPResponse
        do throws(HTTPClientError) {
            response = try await http.execute(request, deadline: timeout)
        } catch {
            // libcurl's own words may have the address in them, which may have a secret.
            switch error.code {
            case .cancelled: throw JobFault(.cancelled, "the training was stopped")
            case .responseTooLarge, .malformed: throw JobFault(.refused, error.code.rawValue)
            case .tls where !error.isRetriable: throw JobFault(.refused, "its certificate isn't trusted")
            default: throw JobFault(.away, error.code.rawValue)
            }
        }
        guard (200..<300).contains(response.status) else {
            let sent = request.headers.first(named: "authorization")?.split(separator: " ").last.map(String.init)
            throw Self.refusal(response, hiding: sent)
        }
        return response
    }

    /// - Parameter token: which a server may repeat.
    private static func refusal(_ response: HTTPResponse, hiding token: String?) -> JobFault {
        let text = said(response.body)
        let said = token.map { text.replacing($0, with: "***") } ?? text
        let reason = "status \(response.status)" + (said.isEmpty ? "" : ": \(said)")
        switch response.status {
        // What servers say of a wrong key repeats parts of it.
        case 401, 403: return JobFault(.refused, "it refuses the token", status: response.status)
        case 408, 429, 500...599: return JobFault(.away, reason, status: response.status)
        default: return JobFault(.refused, reason, status: response.status)
        }
    }

    /// The message of a Google error, or the last line of a text such as a Python traceback.
    private static func said(_ body: [UInt8]) -> String {
        // Not every refusal is JSON.
        let json = try? ContractJSON.decode(JSONValue.self, from: body)
        let text =
            json?["error"]?["message"]?.stringValue
            ?? String(decoding: body.suffix(4_000), as: UTF8.self).split(whereSeparator: \.isNewline)
            .last { $0.contains { $0.isLetter } }.map(String.init) ?? ""
        return String(text.unicodeScalars.filter { $0.value >= 0x20 }.prefix(300).map(Character.init))
    }

    /// - Throws: `refused` when the answer is no JSON of that form.
    static func decode<Answer: Decodable>(
        _ response: HTTPResponse, as type: Answer.Type = Answer.self
    ) throws(JobFault) -> Answer {
        do {
            return try ContractJSON.decode(Answer.self, from: response.body)
        } catch {
            throw JobFault(.refused, "an answer that isn't of its protocol", status: response.status)
        }
    }
}
