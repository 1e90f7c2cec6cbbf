import AIAnalyzerProviders
import Contracts
import Testing

/// Choices that are a team's own: what is sent, and which answers are taken.
@Suite struct TeamLabelTests {
    private static func request(_ choices: ProviderChoices) -> ProviderRequest {
        var request = makeRequest()
        request.choices = choices
        return request
    }

    @Test func `what a category is for goes along, and only of those that may be chosen`() throws {
        let choices = ProviderChoices(
            categories: ["defect", "billing"], meanings: ["billing": "invoices, \"payments\"", "gone": "x"])
        let prompt = TaskPrompt(Self.request(choices), maximumTextBytes: 1_000)
        let message = try ContractJSON.decode(JSONValue.self, from: Array(prompt.user.utf8))
        #expect(message["choices"]?["category_meanings"] == ["billing": "invoices, \"payments\""])
        let plain = TaskPrompt(Self.request(ProviderChoices(categories: ["bug"])), maximumTextBytes: 1_000)
        #expect(!plain.user.contains("category_meanings"))
    }

    @Test func `a model may answer with a name of before, and with nothing that is retired`() throws {
        let decoder = AnswerDecoder(
            choices: ProviderChoices(categories: ["defect", "feature"], aliases: ["bug": "defect", "docs": "chore"]))
        let answer = try decoder.decode(#"{"category":{"value":"bug","confidence":0.9},"reason":"x"}"#)
        #expect(answer.category == ChosenLabel(value: "defect", confidence: 0.9))
        for gone in ["docs", "chore"] {
            #expect(throws: AnswerDecoder.Fault.self) {
                try decoder.decode(#"{"category":{"value":"\#(gone)","confidence":0.9},"reason":"x"}"#)
            }
        }
    }
}
