import Contracts
import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
    /// - Throws: `Problem` when the body is no stream of JSON texts by its media type.
    func checkLines() throws(Problem) {
        guard let type = headers[.contentType] else { return }
        let media = type.prefix { $0 != ";" }.lowercased().trimmed
        guard ["application/x-ndjson", "application/ndjson", "application/jsonl"].contains(media) else {
            throw Problem(
                .unsupportedMediaType,
                detail: "Content-Type is \(media.isEmpty ? "empty" : media); this takes application/x-ndjson.")
        }
    }

    /// The body's bytes.
    /// - Throws: `Problem` when it is not JSON by its media type, or larger than `limit` bytes.
    func jsonBody(limit: Int) async throws -> ByteBuffer {
        if let type = headers[.contentType] {
            // An empty header, or one of separators alone, has no first part.
            let media = type.prefix { $0 != ";" }.lowercased().trimmed
            guard media == "application/json" || media.hasSuffix("+json") else {
                throw Problem(
                    .unsupportedMediaType,
                    detail: media.isEmpty ? "Content-Type is empty." : "Content-Type is \(media).")
            }
        }
        do {
            return try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Problem(.bodyTooLarge, detail: "The body may have at most \(limit) bytes.")
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // The client went away in the middle, or its chunks are none: its fault, and nothing to log as ours.
            throw Problem(.malformedJSON, detail: "The body ended before its end.")
        }
    }
}

/// - Throws: `Problem` with each broken rule and its pointer.
func decodeChecked<Value: Decodable & Validated>(
    _ type: Value.Type, from bytes: [UInt8], prepare: (Value) -> Value = { $0 }
) throws(Problem) -> Value {
    let value: Value
    do {
        value = prepare(try ContractJSON.decode(type, from: bytes))
    } catch {
        throw Problem(decoding: error)
    }
    try value.checkRules()
    return value
}

extension Problem {
    /// What is wrong with JSON that did not decode.
    init(decoding error: any Error) {
        let rule = ContractJSON.brokenRule(from: error)
        self.init(
            rule.code, detail: rule.pointer.isEmpty ? "The body \(rule.detail)." : rule.text, errors: [rule])
    }
}

extension Validated {
    /// - Throws: `Problem` with all broken rules.
    func checkRules() throws(Problem) {
        let broken = brokenRules()
        guard let first = broken.first else { return }
        throw Problem(.invalidField, detail: first.text, errors: broken)
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop(while: { $0 == " " }).reversed().drop(while: { $0 == " " }).reversed())
    }
}
