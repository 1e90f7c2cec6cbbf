import AccessTokens
import Contracts
import CurlHTTP

/// A model behind an endpoint of Vertex AI.
package final class VertexProvider: ModelProvider {
    package let identity: ProviderIdentity
    private let settings: ProviderVersionSettings
    private let options: VertexOptions
    private let url: String
    private let call: ProviderCall

    init(
        identity: ProviderIdentity, settings: ProviderVersionSettings, options: VertexOptions, baseURL: String,
        call: ProviderCall
    ) {
        self.identity = identity
        self.settings = settings
        self.options = options
        url = "\(baseURL)/v1/\(options.endpoint):predict"
        self.call = call
    }

    /// An endpoint is paid by the hour, not by the token.
    package func mostTokens(for request: ProviderRequest) -> TokenUsage { .zero }

    package func analyse(
        _ request: ProviderRequest, deadline: Duration, onProgress: @Sendable (ProviderProgress) -> Void
    ) async throws(ProviderError) -> ProviderAnswer {
        let deadline = Deadline(in: deadline)
        let (response, secrets) = try await predict(request, within: deadline)
        let choices = request.choices.only(settings.fields)
        let answer: JSONValue
        do throws(PredictBody.Fault) {
            answer = try PredictBody.answer(response, prediction: options.prediction)
        } catch {
            throw .badAnswer(error.reason)
        }
        do throws(AnswerDecoder.Fault) {
            var checked = try AnswerDecoder(choices: choices).decode(answer)
            (checked.servedModel, checked.servedVersion) = PredictBody.servedModel(response)
            return AnswerChecks.flagged(checked, for: request, hiding: secrets)
        } catch {
            throw .badAnswer(error.reason)
        }
    }

    /// A token may be taken back before its time: then once more, with a new one; the refused call cost nothing.
    private func predict(
        _ request: ProviderRequest, within deadline: Deadline
    ) async throws(ProviderError) -> (JSONValue, SentSecrets) {
        let body = Array(PredictBody.request(for: request, settings: settings, options: options).text().utf8)
        let first = try await message(body, request, within: deadline)
        do throws(ProviderError) {
            return (try await call.json(first, within: deadline), first.secrets)
        } catch {
            guard error.httpStatus == 401, let token = first.token else { throw error }
            await call.token.discard(token)
            let second = try await message(body, request, within: deadline)
            guard second.token != token else { throw error }
            return (try await call.json(second, within: deadline), second.secrets)
        }
    }

    private func message(
        _ body: [UInt8], _ request: ProviderRequest, within deadline: Deadline
    ) async throws(ProviderError) -> ProviderCall.Message {
        try await call.message(url, body: body, for: request, accept: "application/json", within: deadline)
    }
}
