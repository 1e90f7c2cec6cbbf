/// The last look at an answer, the same for every provider.
enum AnswerChecks {
    /// The answer with what is suspicious about the task and the explanation.
    ///
    /// An explanation that itself reads like an instruction is dropped: it is shown to people and may be read by other
    /// programs. So is whatever has a piece of the key in it.
    static func flagged(
        _ answer: ProviderAnswer, for request: ProviderRequest, hiding secrets: SentSecrets
    ) -> ProviderAnswer {
        var answer = answer
        if secrets.tokenShows(in: answer.reason) { answer.reason = "" }
        if let name = answer.servedModel, secrets.tokenShows(in: name) { answer.servedModel = nil }
        if let name = answer.servedVersion, secrets.tokenShows(in: name) { answer.servedVersion = nil }
        let ofAnswer = InstructionDetector.suspicions(in: answer.reason, at: .answer)
        if !ofAnswer.isEmpty { answer.reason = "" }
        answer.suspicions =
            InstructionDetector.suspicions(title: request.title, body: request.body)
            + InstructionDetector.suspicions(in: request.project, at: .project) + ofAnswer
        return answer
    }
}
