import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import Postgres

extension Problem {
    /// The problem that an error is to a client; says nothing of our insides.
    init(describing error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let rejection as EventCoder.Rejection:
            self.init(.invalidField, detail: rejection.reason, errors: rejection.brokenRules)
        case let error as DatabaseError where error.code == .overloaded:
            self.init(.overloaded, detail: "Try again in a moment; nothing was stored.")
        case let error as DatabaseError where error.isConnectivity || error.isRetriable:
            self.init(.databaseUnavailable, detail: "Try again in a moment; the database does not answer.")
        case let error as DatabaseError where error.sqlState?.hasPrefix("22") == true:
            self.init(.invalidField, detail: "A value can't be stored as it is.")
        case let error as HTTPError:
            switch error.status {
            case .notFound, .methodNotAllowed: self.init(.routeNotFound, detail: "No such path or method.")
            case .contentTooLarge:
                self.init(.bodyTooLarge, detail: "The body is larger than this address takes.")
            default: self.init(.invalidParameter, detail: error.body ?? "The request can't be understood.")
            }
        default: self.init(.internalError, detail: "The error is logged under the correlation id.")
        }
    }

    var response: Response {
        var headers: HTTPFields = [.contentType: "application/problem+json"]
        if status == 503 { headers[.retryAfter] = "1" }
        headers[.correlationID] = correlationID
        // Encoding a problem can't fail: it holds nothing but strings and numbers.
        let body = (try? ContractJSON.encode(self)) ?? []
        return Response(
            status: .init(code: status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension Response {
    /// An answer of JSON text.
    init(status: HTTPResponse.Status = .ok, json bytes: [UInt8], headers: HTTPFields = [:]) {
        var headers = headers
        headers[.contentType] = "application/json"
        self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    init(status: HTTPResponse.Status = .ok, json value: some Encodable) throws {
        self.init(status: status, json: try ContractJSON.encode(value))
    }
}
