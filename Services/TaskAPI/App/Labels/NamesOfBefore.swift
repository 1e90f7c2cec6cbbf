import Contracts
import Postgres

/// What tasks are shown by: the names that mean another label today, and those that are retired. It goes with each row
/// that is read, so it is nothing for a team that has changed none.
struct NamesOfBefore: Codable, Hashable, Sendable {
    /// The name of today by that of before.
    var now: [String: String]
    var retired: [String]

    init(_ set: LabelSet) {
        let labels = LabelMapping(set)
        now = labels.aliases
        retired = labels.retired
    }

    /// Nil where nothing is to be shown otherwise.
    var json: JSONB? {
        get throws { now.isEmpty && retired.isEmpty ? nil : JSONB(try ContractJSON.encode(self)) }
    }

    /// A row's JSON under the names of today; as it is where no such name stands in it.
    func shown(_ fields: JSONB) throws -> JSONB {
        guard !now.isEmpty, fields.bytes.count > 2 else { return fields }
        var decoded = try ContractJSON.decode(TaskFields.self, from: fields.bytes)
        guard case .text(let name)? = decoded.category?.value, let today = now[name] else { return fields }
        decoded.category?.value = .text(today)
        return JSONB(try ContractJSON.encode(decoded))
    }

    /// The same of an analysis.
    func shown(analysis: JSONB) throws -> JSONB {
        var decoded = try ContractJSON.decode(Analysis.self, from: analysis.bytes)
        guard let category = decoded.category else { return analysis }
        let today = mapping.shown(category)
        if today == category { return analysis }
        decoded.category = today
        var writer = JSONWriter(capacity: analysis.bytes.count + 64)
        decoded.write(to: &writer)
        return JSONB(writer.bytes)
    }

    private var mapping: LabelMapping { LabelMapping(today: now, retired: retired) }
}
