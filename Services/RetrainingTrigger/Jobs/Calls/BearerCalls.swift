import AccessTokens
import Contracts
import CurlHTTP

/// Calls with a token that ends: refused once, a call is made again with a new one.
struct BearerCalls: Sendable {
    private static let tokenLimit = Duration.seconds(20)

    let transport: JobTransport
    let tokens: any TokenSource

    func send(
        _ method: String, _ url: String, _ body: [UInt8] = [], _ contentType: String? = nil
    ) async throws(JobFault) -> HTTPResponse {
        let first = try await token()
        do throws(JobFault) {
            return try await transport.send(request(method, url, body, contentType, first))
        } catch {
            guard error.status == 401, let first else { throw error }
            await tokens.discard(first)
            let second = try await token()
            guard second != first else { throw error }
            return try await transport.send(request(method, url, body, contentType, second))
        }
    }

    func send(_ method: String, _ url: String, json: JSONValue) async throws(JobFault) -> HTTPResponse {
        try await send(method, url, Array(json.text().utf8), "application/json")
    }

    private func request(
        _ method: String, _ url: String, _ body: [UInt8], _ contentType: String?, _ token: String?
    ) -> HTTPRequest {
        var headers: [HTTPHeader] = []
        if let contentType { headers.append(HTTPHeader("Content-Type", contentType)) }
        if let token { headers.append(HTTPHeader("Authorization", "Bearer \(token)")) }
        return HTTPRequest(method: method, url: url, headers: headers, body: body)
    }

    private func token() async throws(JobFault) -> String? {
        do throws(AccessTokenError) {
            return try await tokens.token(within: Self.tokenLimit)
        } catch {
            switch error.code {
            case .cancelled: throw JobFault(.cancelled, "the training was stopped")
            case .misconfigured: throw JobFault(.refused, error.reason)
            case .unauthorised, .timeout, .transport: throw JobFault(.away, "no token: \(error.reason)")
            }
        }
    }
}

extension String {
    /// As a part of a URL: RFC 3986's unreserved characters stay.
    var percentEncoded: String {
        utf8.map { byte in
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || [0x2d, 0x2e, 0x5f, 0x7e].contains(byte)
            let digits = String(byte, radix: 16, uppercase: true)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (digits.utf8.count < 2 ? "0" : "") + digits
        }.joined()
    }
}
