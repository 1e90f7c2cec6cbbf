package import Contracts

/// The categories of teams that have changed them, as a training goes by them.
package struct TeamLabels: Hashable, Sendable {
    /// By tenant.
    package let sets: [String: LabelSet]
    private let mappings: [String: LabelMapping]

    package static let none = TeamLabels([:])

    package init(_ sets: [String: LabelSet]) {
        self.sets = sets
        mappings = sets.mapValues { LabelMapping($0) }
    }

    package subscript(tenant: String?) -> LabelMapping { tenant.flatMap { mappings[$0] } ?? .none }

    /// Those of some tenants.
    package func only(_ tenants: Set<String>) -> TeamLabels { TeamLabels(sets.filter { tenants.contains($0.key) }) }
}

extension LabelMapping {
    /// A label as it trains: under its name of today; nil where the team uses it no more.
    func trained(_ field: TriageField, _ value: FieldValue) -> FieldValue? {
        guard field == .category, case .text(let name) = value else { return value }
        switch meaning(of: name) {
        case .active(let now): return .text(now)
        case .retired: return nil
        // From before the team closed its list: what a person said.
        case .unknown: return value
        }
    }

    /// What was judged, under the names of today; what is retired stays, for it was said.
    package func renamed(_ fields: [JudgedField]) -> [JudgedField] {
        guard isSet else { return fields }
        return fields.map { field in
            guard field.field == .category else { return field }
            var field = field
            field.value = renamed(field.value)
            field.suggested = field.suggested.map { renamed($0) }
            return field
        }
    }

    private func renamed(_ value: FieldValue) -> FieldValue {
        guard case .text(let name) = value else { return value }
        return .text(renamed(name))
    }

    /// What a model's answer comes to for the team, with how sure it is; nil where nothing is left of it.
    package func answer(_ label: String, _ confidence: Double, _ distribution: [String: Double])
        -> (label: String, confidence: Double)?
    {
        let said = LabelSuggestion(
            value: label, confidence: confidence, zone: .ask, distribution: distribution, reasons: [])
        return served(said).map { ($0.value, $0.confidence) }
    }
}
