import FoundationEssentials
import Resilience

/// The JSON of OpenAI's embeddings endpoint (API reference, Embeddings: Create embeddings).
package enum EmbeddingsMessages {
    private struct Request: Encodable {
        let model: String
        let input: [String]
        let encodingFormat: String
        let dimensions: Int?

        enum CodingKeys: String, CodingKey {
            case model, input, dimensions
            case encodingFormat = "encoding_format"
        }
    }

    private struct Answer: Decodable {
        struct Item: Decodable {
            let index: Int
            let embedding: Numbers
        }

        let data: [Item]
    }

    /// A vector as a list of numbers or as the base64 of little-endian floats.
    private struct Numbers: Decodable {
        let values: [Float]?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            // Not a text: then it is a list, or the error is about that.
            if let text = try? container.decode(String.self) {
                values = EmbeddingsMessages.floats(base64: text)
            } else {
                values = try container.decode([Float].self)
            }
        }
    }

    private struct Refusal: Decodable {
        struct Detail: Decodable {
            let type: String?
            let code: String?
        }

        let error: Detail
    }

    /// The body of a request for some texts.
    package static func request(_ texts: [String], _ configuration: EmbeddingsConfiguration) throws(EmbeddingsError)
        -> [UInt8]
    {
        let request = Request(
            model: configuration.model, input: texts.map { cut($0, to: configuration.maximumTextBytes) },
            encodingFormat: configuration.encoding.rawValue, dimensions: configuration.dimensions)
        do {
            return [UInt8](try JSONEncoder().encode(request))
        } catch {
            throw EmbeddingsError(code: .configuration, isRetriable: false, reason: "the request can't be written")
        }
    }

    /// The start of a text, cut between characters; a blank for an empty one, which servers refuse.
    package static func cut(_ text: String, to bytes: Int) -> String {
        guard text.utf8.count > bytes else { return text.isEmpty ? " " : text }
        var end = text.utf8.index(text.startIndex, offsetBy: bytes)
        while end > text.startIndex, text.utf8[end] & 0xc0 == 0x80 { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }

    /// One vector for each of `count` texts, in their order whatever that of the answer.
    ///
    /// - Parameter dimensions: what each must have; nil: all the same.
    package static func vectors(
        _ body: [UInt8], count: Int, dimensions: Int?
    ) throws(EmbeddingsError) -> [[Float]] {
        let answer: Answer
        do {
            answer = try JSONDecoder().decode(Answer.self, from: Data(body))
        } catch {
            throw .malformed("not the JSON of embeddings")
        }
        guard answer.data.count == count else {
            throw .malformed("\(answer.data.count) vectors for \(count) texts")
        }
        var vectors = [[Float]](repeating: [], count: count)
        for item in answer.data {
            guard vectors.indices.contains(item.index), vectors[item.index].isEmpty else {
                throw .malformed("an index that is no text's, or comes twice")
            }
            guard let values = item.embedding.values, !values.isEmpty, values.allSatisfy(\.isFinite) else {
                throw .malformed("vector \(item.index) is empty or has something that is no finite number")
            }
            vectors[item.index] = values
        }
        let wanted = dimensions ?? vectors.first?.count ?? 0
        if let other = vectors.first(where: { $0.count != wanted }) {
            throw EmbeddingsError(
                code: .dimensions, isRetriable: false, reason: "a vector has \(other.count) numbers, not \(wanted)")
        }
        return vectors
    }

    /// Nil for what isn't the base64 of whole floats.
    static func floats(base64 text: String) -> [Float]? {
        guard let data = Data(base64Encoded: text), data.count % 4 == 0 else { return nil }
        return data.withUnsafeBytes { bytes in
            (0..<(data.count / 4)).map { number in
                Float(
                    bitPattern: UInt32(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: number * 4, as: UInt32.self)))
            }
        }
    }

    /// What a status other than 200 means; of the server's words only short names, such as `invalid_api_key`.
    ///
    /// - Parameter unixTime: now, in seconds since 1970, which a date in `Retry-After` is compared with.
    package static func refusal(
        status: Int, body: [UInt8], retryAfter: String?, unixTime: Int64
    ) -> EmbeddingsError {
        // Whatever the body is, the status alone says enough.
        let detail = try? JSONDecoder().decode(Refusal.self, from: Data(body)).error
        let name = [detail?.code, detail?.type].compactMap(\.self).first { name in
            (1...64).contains(name.utf8.count)
                && name.utf8.allSatisfy { (0x61...0x7a).contains($0) || $0 == UInt8(ascii: "_") }
        }
        let isRetriable = status == 408 || status == 429 || status >= 500
        return EmbeddingsError(
            code: isRetriable ? .unavailable : .refused, isRetriable: isRetriable,
            reason: "status \(status)" + (name.map { " (\($0))" } ?? ""), status: status,
            retryAfter: retryAfter.flatMap { RetryAfter.wait(from: $0, at: unixTime) })
    }
}
