/// One line of the settings' table: what a setting is and what it is now.
package struct SettingDescription: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case text, integer, number, duration, choice, flag

        var article: String {
            switch self {
            case .text: "a text"
            case .integer: "a whole number"
            case .number: "a number"
            case .duration: "a duration like 250ms, 5s or 2m"
            case .choice: "a choice"
            case .flag: "a flag"
            }
        }
    }

    /// As in the environment, prefix and all.
    package let name: String
    package let kind: Kind
    package let unit: String?
    /// Nil: required, or optional without a default.
    package let defaultValue: String?
    package let bounds: String?
    package let summary: String
    package let isSecret: Bool
    /// `(secret)` in place of a secret's value; nil when nothing is set.
    package let effectiveValue: String?
}

extension SettingsReader {
    /// The table that `--print-config` prints; secrets are not in it.
    package func table() -> String {
        let heads = ["NAME", "VALUE", "DEFAULT", "KIND", "BOUNDS", "WHAT"]
        let rows = documentation.map { setting in
            [
                setting.name, setting.effectiveValue ?? "-",
                setting.isSecret ? "-" : setting.defaultValue ?? "-", setting.kind.rawValue,
                (setting.bounds ?? "-") + (setting.unit.map { " \($0)" } ?? ""), setting.summary,
            ]
        }
        let widths = heads.indices.map { column in ([heads] + rows).map { $0[column].count }.max() ?? 0 }
        return ([heads] + rows).map { row in
            zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: max(0, width - cell.count))
            }.joined(separator: "  ").trimmingSuffix { $0 == " " } + "\n"
        }.joined()
    }
}

extension String {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var rest = self[...]
        while let last = rest.last, predicate(last) { rest.removeLast() }
        return rest
    }
}
