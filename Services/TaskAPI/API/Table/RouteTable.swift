import Contracts

/// Every endpoint of task-api.
package enum RouteTable {
    package static let all: [Endpoint] =
        tasks + decisions + erasures + feedback + labels + streams + models + trainings + replays + insights + exports
        + identity + intake + webhooks + documents

    /// Answers of all kinds of requests to an address that is there but hasn't the method.
    package static let always = ["OPTIONS"]

    /// The methods of the address that a request's path names, as `Allow` lists them; `nil` where nothing is.
    ///
    /// Like the router: empty segments don't count, and a literal segment goes before a parameter.
    package static func methods(at path: String) -> [String]? {
        let segments = path.split(separator: "/")
        let matching = all.filter { matches($0.path, segments) }
        // Of all that match, the one with the most literal segments is meant.
        guard let best = matching.max(by: { literals($0.path) < literals($1.path) }) else { return nil }
        var methods: [String] = []
        for endpoint in all where endpoint.path == best.path {
            methods.append(endpoint.method.rawValue)
            if endpoint.method == .get, !endpoint.isStream { methods.append("HEAD") }
        }
        return methods + always
    }

    private static func matches(_ template: String, _ segments: [Substring]) -> Bool {
        let parts = template.split(separator: "/")
        return parts.count == segments.count
            && zip(parts, segments).allSatisfy { part, segment in part.first == "{" || part == segment }
    }

    private static func literals(_ template: String) -> Int {
        template.split(separator: "/").count { $0.first != "{" }
    }

    /// Every schema that an endpoint names, each once, by name.
    package static let schemas: [SchemaName] = {
        var names: [String: SchemaName] = [:]
        for endpoint in all {
            if let body = endpoint.body {
                names[body.schema.text] = body.schema
                if let list = body.list { names[list.schema.text] = list.schema }
            }
            for answer in endpoint.answers {
                switch answer.content {
                case .json(let name), .events(let name), .lines(let name): names[name.text] = name
                case .text, .nothing: continue
                }
            }
        }
        for part in parts { names[part.text] = part }
        return names.values.sorted { $0.text < $1.text }
    }()

    /// What stands in several of them, named for the reader's sake.
    private static let parts: [SchemaName] = [
        SchemaName(Problem.self), SchemaName(BrokenRule.self), SchemaName(TaskDraft.self), SchemaName(TaskView.self),
        SchemaName(TaskReference.self),
        SchemaName(TaskFields.self), SchemaName(HumanField.self), SchemaName(Analysis.self),
        SchemaName(LabelSuggestion.self), SchemaName(Reason.self), SchemaName(EffortSuggestion.self),
        SchemaName(SimilarTask.self), SchemaName(BatchItem.self), SchemaName(TimelineItem.self),
        SchemaName(AcceptanceRate.self), SchemaName(CalibrationBin.self), SchemaName(FieldDrift.self),
        SchemaName(LabelShare.self), SchemaName(AnsweringCost.self), SchemaName(SimilarView.self),
        SchemaName(ErasurePart.self), SchemaName(RemovedItems.self),
        SchemaName(ModelView.self), SchemaName(RolloutView.self), SchemaName(RolloutStanding.self),
        SchemaName(ArmCounts.self), SchemaName(RolloutChanged.self), SchemaName(TrainingChanged.self),
        SchemaName(DataCheck.self), SchemaName(GateDecision.self), SchemaName(GateFinding.self),
        SchemaName(ReplayField.self), SchemaName(ReplayDifference.self),
        SchemaName(HoldBackComparison.self), SchemaName(AgreementRate.self), SchemaName(ShareDifference.self),
        SchemaName(LabelView.self), SchemaName(LabelMeaning.self), SchemaName(WebhookDelivery.self),
        SchemaName(IntakeDelivery.self),
        SchemaName(APIKeyView.self),
    ]
}
