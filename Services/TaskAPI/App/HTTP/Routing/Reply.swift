import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import TaskAPIContract
import TaskAPICore

/// A successful answer of a route, of the type that the route declares.
struct Reply<Value: Sendable>: Sendable {
    let response: Response
    /// The body, where it is JSON.
    private let json: [UInt8]

    private init(response: Response, json: [UInt8] = []) {
        self.response = response
        self.json = json
    }

    /// An answer whose JSON was written by hand: tests hold it against the type's schema.
    init(_ status: HTTPResponse.Status = .ok, json bytes: [UInt8], headers: HTTPFields = [:]) {
        var headers = headers
        headers[.contentType] = "application/json"
        json = bytes
        response = Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// An answer without a body: the client has what it asks for.
    static func notModified(_ tag: EntityTag) -> Reply {
        Reply(response: Response(status: .notModified, headers: [.eTag: tag.header]))
    }

    /// The same as an answer to keep, with the id of the story that the request began.
    func kept(of story: Story) -> KeptAnswer {
        var headers = [HTTPField.Name.correlationID.rawName: story.correlationID]
        for field in response.headers { headers[field.name.rawName] = field.value }
        return KeptAnswer(status: response.status.code, headers: headers, body: json)
    }
}

extension Response {
    /// An answer that was given before.
    init(_ kept: KeptAnswer) {
        var headers: HTTPFields = [.idempotencyReplayed: "true"]
        for (name, value) in kept.headers {
            // Of the body as it is: an erasure may have shortened it.
            if let name = HTTPField.Name(name), name != .contentLength { headers[name] = value }
        }
        self.init(
            status: .init(code: kept.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: kept.body)))
    }
}

extension Reply where Value: Encodable {
    /// An answer of a value.
    init(_ status: HTTPResponse.Status = .ok, _ value: Value, headers: HTTPFields = [:]) throws {
        self.init(status, json: try ContractJSON.encode(value), headers: headers)
    }
}

extension Reply where Value == NoValue {
    /// An answer that is no JSON value.
    init(_ status: HTTPResponse.Status = .ok, headers: HTTPFields, body: ResponseBody) {
        self.init(response: Response(status: status, headers: headers, body: body))
    }
}
