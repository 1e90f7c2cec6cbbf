/// A task's revision has its analysis.
package struct AnalysisCompleted: EventPayload {
    package static var eventType: EventType { .analysisCompleted }
    package var tenant: String
    package var project: String
    package var author: String
    package var analysis: Analysis

    package init(tenant: String, project: String, author: String, analysis: Analysis) {
        self.tenant = tenant
        self.project = project
        self.author = author
        self.analysis = analysis
    }

    package static let rules: [FieldRule<AnalysisCompleted>] = [
        .text("tenant", { $0.tenant }, 1...100),
        .text("project", { $0.project }, 1...100),
        .text("author", { $0.author }, 1...200),
        .text("analysis/model_version", { $0.analysis.modelVersion }, 1...100),
        .range("analysis/revision", { Double($0.analysis.revision) }, 1...1_000_000),
        .range("analysis/category/confidence", { $0.analysis.category?.confidence }, 0...1),
        .text("analysis/category/value", { $0.analysis.category?.value }, 1...100),
        .range("analysis/priority/confidence", { $0.analysis.priority?.confidence }, 0...1),
        .text("analysis/priority/value", { $0.analysis.priority?.value }, 1...100),
        .range("analysis/effort/points", { $0.analysis.effort?.points }, 0...1_000),
        .text("analysis/reason", { $0.analysis.reason }, 0...2_000),
        .texts("analysis/flags", { $0.analysis.flags }, atMost: 20),
        .text("analysis/model", { $0.analysis.model }, 0...200),
        .text("analysis/variant", { $0.analysis.variant }, 1...100),
        .text("analysis/explanation", { $0.analysis.explanation }, 0...500),
        .texts("analysis/labels", { $0.analysis.labels }, atMost: 20),
        FieldRule("analysis/similar", keywords: ["maxItems": 20]) {
            $0.analysis.similar.count <= 20 ? nil : "must have at most 20 items"
        },
        FieldRule("analysis") { $0.analysis.holdsOnlyFiniteNumbers ? nil : "must hold finite numbers only" },
    ]
}

extension Analysis {
    /// JSON has no infinity and no NaN, so an analysis that holds one could not be read again.
    fileprivate var holdsOnlyFiniteNumbers: Bool {
        func isFinite(_ suggestion: LabelSuggestion?) -> Bool {
            guard let suggestion else { return true }
            return suggestion.distribution.values.allSatisfy(\.isFinite)
                && suggestion.reasons.allSatisfy(\.weight.isFinite)
        }
        let effortIsFinite = effort.map { $0.low.isFinite && $0.high.isFinite && $0.confidence.isFinite } ?? true
        return isFinite(category) && isFinite(priority) && effortIsFinite && similar.allSatisfy(\.score.isFinite)
    }
}

/// A task's revision could not be analysed, not even by the lowest rung.
package struct AnalysisFailed: EventPayload {
    package static var eventType: EventType { .analysisFailed }
    package var taskID: Identifier
    package var tenant: String
    package var author: String
    package var revision: Int
    package var code: ErrorCode
    package var reason: String

    package init(
        taskID: Identifier, tenant: String, author: String, revision: Int, code: ErrorCode, reason: String
    ) {
        self.taskID = taskID
        self.tenant = tenant
        self.author = author
        self.revision = revision
        self.code = code
        self.reason = reason
    }

    enum CodingKeys: String, CodingKey {
        case taskID = "task_id"
        case tenant, author, revision, code, reason
    }

    package static let rules: [FieldRule<AnalysisFailed>] = [
        .text("tenant", { $0.tenant }, 1...100),
        .text("author", { $0.author }, 1...200),
        .range("revision", { Double($0.revision) }, 1...1_000_000),
        .text("reason", { $0.reason }, 1...2_000),
    ]
}
