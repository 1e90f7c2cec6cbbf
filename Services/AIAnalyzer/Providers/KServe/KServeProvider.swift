import Contracts

/// A model behind the Open Inference Protocol, version 2: KServe, Triton, MLServer, OpenVINO and others.
package final class KServeProvider: ModelProvider {
    package let identity: ProviderIdentity
    private let settings: ProviderVersionSettings
    private let options: KServeOptions
    private let url: String
    private let call: ProviderCall

    init(
        identity: ProviderIdentity, settings: ProviderVersionSettings, options: KServeOptions, baseURL: String,
        call: ProviderCall
    ) {
        self.identity = identity
        self.settings = settings
        self.options = options
        let version = options.modelVersion.map { "/versions/\(PathText.escaped($0))" } ?? ""
        url = "\(baseURL)/v2/models/\(PathText.escaped(settings.model))\(version)/infer"
        self.call = call
    }

    /// The protocol counts no tokens.
    package func mostTokens(for request: ProviderRequest) -> TokenUsage { .zero }

    package func analyse(
        _ request: ProviderRequest, deadline: Duration, onProgress: @Sendable (ProviderProgress) -> Void
    ) async throws(ProviderError) -> ProviderAnswer {
        let deadline = Deadline(in: deadline)
        let message = try await call.message(
            url, body: InferRequest.body(for: request, settings: settings, options: options), for: request,
            accept: "application/json", within: deadline)
        let value = try await call.json(message, within: deadline)
        let choices = request.choices.only(settings.fields)
        let response: InferResponse
        let answer: JSONValue
        do throws(InferResponse.Fault) {
            response = try InferResponse(value, id: "\(request.taskID)")
            answer = try response.answer(options.outputs, asking: choices)
        } catch {
            throw .badAnswer(error.reason)
        }
        do throws(AnswerDecoder.Fault) {
            var checked = try AnswerDecoder(choices: choices).decode(answer)
            checked.servedModel = response.modelName
            checked.servedVersion = response.modelVersion
            return AnswerChecks.flagged(checked, for: request, hiding: message.secrets)
        } catch {
            throw .badAnswer(error.reason)
        }
    }
}

extension ProviderError {
    /// An answer with status 200 that can't be used.
    static func badAnswer(_ reason: String) -> ProviderError {
        ProviderError(.badAnswer, reason: reason, httpStatus: 200, mayHaveSpentTokens: true)
    }
}

/// A piece of a URL's path.
enum PathText {
    /// With everything but RFC 3986's unreserved characters escaped.
    static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
