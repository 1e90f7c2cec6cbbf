import AIAnalyzerCore
import AIAnalyzerProviders
import Contracts
import TriageModel

/// Puts a remote model's answer over what the embedded model said, which fills what the other wasn't asked for.
enum ProviderAnalysis {
    /// Remote confidences aren't calibrated: from here on they are worth a suggestion, never an action by itself.
    private static let suggestFrom = 0.6

    /// What may be answered: the team's own categories, and what the serving model knows.
    static func choices(_ model: TriageModel?, _ team: LabelMapping) -> ProviderChoices {
        func labels(_ head: HeadKind) -> [String] {
            (model?.header.labelSets[head.name] ?? []).filter { (1...100).contains($0.unicodeScalars.count) }
        }
        let points = labels(.effort).compactMap { Double($0) }
        let categories = team.isSet ? team.active : labels(.category)
        let priorities = labels(.priority)
        return ProviderChoices(
            categories: categories.isEmpty ? LabelSet.shipped : categories,
            priorities: priorities.isEmpty ? ["low", "medium", "high"] : priorities, labels: labels(.labels),
            effort: (points.min() ?? 1)...max(points.max() ?? 21, points.min() ?? 1),
            meanings: team.descriptions, aliases: team.aliases, labelsVersion: team.version)
    }

    /// An analysis of the rung `provider`.
    ///
    /// What the remote model answered has neither terms nor an interval: those are the embedded model's, which says
    /// them only of the fields that it fills.
    static func analysis(
        over base: Analysis, _ answer: ProviderAnswer, by identity: ProviderIdentity, instead degradation: Degradation?,
        choices: ProviderChoices, microseconds: Int
    ) -> Analysis {
        var analysis = base
        analysis.rung = .provider
        analysis.modelVersion = identity.description
        analysis.model = answer.servedModel ?? identity.model
        analysis.degraded = degradation != nil
        analysis.reason = degradation?.reason
        analysis.explanation = answer.reason.isEmpty ? nil : answer.reason
        analysis.flags = flags(answer)
        if let chosen = answer.category {
            analysis.category = suggestion(chosen, of: choices.categories, answer)
        }
        if let chosen = answer.priority {
            analysis.priority = suggestion(chosen, of: choices.priorities, answer)
        }
        if let effort = answer.effort {
            // It names no interval, and the embedded model's is about another number.
            analysis.effort = EffortSuggestion(
                points: effort.points, low: effort.points, high: effort.points, confidence: effort.confidence,
                enoughEvidence: !answer.isFlagged)
        }
        if !answer.labels.isEmpty { analysis.labels = answer.labels.prefix(20).map(\.value) }
        analysis.durationMicroseconds = microseconds
        return analysis
    }

    /// An analysis of a rung below the wanted one.
    static func degraded(_ base: Analysis, _ degradation: Degradation, microseconds: Int) -> Analysis {
        var analysis = base
        analysis.degraded = true
        analysis.reason = base.reason.map { "\(degradation.reason); \($0)" } ?? degradation.reason
        analysis.reason = analysis.reason.map { String($0.unicodeScalars.prefix(2_000)) }
        analysis.durationMicroseconds = microseconds
        return analysis
    }

    private static func flags(_ answer: ProviderAnswer) -> [String]? {
        guard answer.isFlagged else { return nil }
        var flags: [String] = []
        for suspicion in answer.suspicions {
            let flag = "\(suspicion.place.rawValue):\(suspicion.sign.rawValue)"
            if !flags.contains(flag) { flags.append(flag) }
        }
        return Array(flags.prefix(20))
    }

    private static func suggestion(
        _ chosen: ChosenLabel, of choices: [String], _ answer: ProviderAnswer
    ) -> LabelSuggestion {
        // The rest is spread evenly: all that is known of the others is that they weren't chosen.
        let others = choices.filter { $0 != chosen.value }
        let confidence = others.isEmpty ? 1 : chosen.confidence
        var distribution = [chosen.value: confidence]
        for other in others { distribution[other] = (1 - confidence) / Double(others.count) }
        let isWorth = confidence >= suggestFrom && !answer.isFlagged
        return LabelSuggestion(
            value: chosen.value, confidence: confidence, zone: isWorth ? .suggest : .ask, distribution: distribution,
            reasons: [])
    }
}
