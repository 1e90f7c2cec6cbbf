/// A checked answer: everything in it is on the request's lists, in range and bounded.
package struct ProviderAnswer: Sendable, Equatable {
    package var category: ChosenLabel?
    package var priority: ChosenLabel?
    package var effort: ChosenEffort?
    /// In the order of the answer, each once.
    package var labels: [ChosenLabel]
    /// The model's own short explanation; at most 500 characters of one line, empty when it gave none.
    package var reason: String
    /// The model as the server named it, at most 200 characters; nil when it named none.
    package var servedModel: String?
    /// The version or fingerprint as the server named it, at most 200 characters; nil when it named none.
    package var servedVersion: String?
    /// What the call spent, as the server counted it; nil when it said nothing.
    package var usage: TokenUsage?
    /// What in the task's text, or in the answer's, looks like an instruction to a model; empty when nothing does.
    ///
    /// The answer is valid all the same, but nobody should apply it without a person's look.
    package var suspicions: [Suspicion]

    package init(
        category: ChosenLabel? = nil, priority: ChosenLabel? = nil, effort: ChosenEffort? = nil,
        labels: [ChosenLabel] = [], reason: String = "", servedModel: String? = nil, servedVersion: String? = nil,
        usage: TokenUsage? = nil, suspicions: [Suspicion] = []
    ) {
        self.category = category
        self.priority = priority
        self.effort = effort
        self.labels = labels
        self.reason = reason
        self.servedModel = servedModel
        self.servedVersion = servedVersion
        self.usage = usage
        self.suspicions = suspicions
    }

    /// Whether the text may have tried to instruct the model.
    package var isFlagged: Bool { !suspicions.isEmpty }
}

/// One entry of an allow-list, as the model chose it.
package struct ChosenLabel: Sendable, Hashable {
    package var value: String
    /// 0-1, as the model says: not calibrated.
    package var confidence: Double

    package init(value: String, confidence: Double) {
        self.value = value
        self.confidence = confidence
    }
}

/// An effort in story points, within the asked range.
package struct ChosenEffort: Sendable, Hashable {
    package var points: Double
    /// 0-1, as the model says: not calibrated.
    package var confidence: Double

    package init(points: Double, confidence: Double) {
        self.points = points
        self.confidence = confidence
    }
}

/// Tokens that a call took in and gave out.
package struct TokenUsage: Sendable, Hashable {
    package var input: Int
    package var output: Int

    package init(input: Int, output: Int) {
        self.input = input
        self.output = output
    }

    package static let zero = TokenUsage(input: 0, output: 0)

    package var total: Int { input + output }
}

/// One sign of an instruction to a model, found in text that should hold none.
package struct Suspicion: Sendable, Hashable {
    package var place: Place
    package var sign: Sign

    package init(place: Place, sign: Sign) {
        self.place = place
        self.sign = sign
    }

    /// Where it was found.
    package enum Place: String, Sendable, CaseIterable { case title, body, project, answer }

    /// What was found.
    package enum Sign: String, Sendable, CaseIterable {
        /// It orders a model to forget or ignore what it was told.
        case overridesInstructions = "overrides_instructions"
        /// It tells a model what to answer.
        case dictatesAnswer = "dictates_answer"
        /// It gives a model another role, or asks for its prompt.
        case changesRole = "changes_role"
        /// It imitates the marks between the turns of a chat.
        case chatMarkup = "chat_markup"
        /// Such words stood in an encoding that a person does not read.
        case encoded
        /// Such words were hidden by invisible or look-alike characters, or in a comment.
        case hidden
    }
}
