/// The last look at an answer, the same for every provider.
enum AnswerChecks {
    /// The answer with what is suspicious about the task and the explanation.
    ///
    /// An explanation that itself reads like an instruction is dropped: it is shown to people and may be read by other
    /// programs.
    static func flagged(_ answer: ProviderAnswer, for request: ProviderRequest) -> ProviderAnswer {
        var answer = answer
        let ofAnswer = InstructionDetector.suspicions(in: answer.reason, at: .answer)
        if !ofAnswer.isEmpty { answer.reason = "" }
        answer.suspicions = InstructionDetector.suspicions(title: request.title, body: request.body) + ofAnswer
        return answer
    }
}
