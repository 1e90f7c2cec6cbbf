import Contracts
package import RetrainingTriggerCore

/// Ten ways in which data go bad, each with the check that is meant for it.
package enum Spoiling: String, CaseIterable, Sendable {
    case labelFlips = "one person's labels are flipped"
    case leakedLabel = "a label stands in the text"
    case copiesAcrossSplit = "near copies across the split"
    case classGone = "one class is gone"
    case foreignFlood = "a flood in another language"
    case emptyTexts = "empty texts"
    case timeTravel = "judgements before their task"
    case dominance = "one person dominates and is biased"
    case automatic = "automatic labels"
    case labelShift = "the mix of labels shifts"

    package var check: CheckName {
        switch self {
        case .labelFlips: .userNoise
        case .leakedLabel: .labelLeak
        case .copiesAcrossSplit: .splitOverlap
        case .classGone: .vanishedLabel
        case .foreignFlood: .foreignText
        case .emptyTexts: .emptyText
        case .timeTravel: .timeOrder
        case .dominance: .userSkew
        case .automatic: .provenance
        case .labelShift: .labelDrift
        }
    }

    /// What the amount is a share of.
    package var unit: String {
        switch self {
        case .labelFlips: "labels of the second person, who has a quarter"
        case .leakedLabel: "tasks of the label with `[BUG]` or `Label: bug`"
        case .copiesAcrossSplit: "held-out tasks"
        case .classGone: "tasks of the label that are missing"
        case .foreignFlood: "tasks"
        case .emptyTexts: "tasks"
        case .timeTravel: "judgements"
        case .dominance: "other labels of a person with 60 % of all, called like the first"
        case .automatic: "labels"
        case .labelShift: "tasks of all labels but the first that are missing"
        }
    }

    /// What happens now and then, and is bad enough to be stopped.
    package var realisticAmount: Double {
        switch self {
        case .labelFlips: 0.6
        case .leakedLabel: 0.4
        case .copiesAcrossSplit: 0.2
        case .classGone: 1
        case .foreignFlood: 0.25
        case .emptyTexts: 0.1
        case .timeTravel: 0.03
        case .dominance: 0.7
        case .automatic: 1
        case .labelShift: 0.7
        }
    }

    /// The history with so much of it spoilt.
    package func applied(to history: TeamHistory, amount: Double, seed: UInt64) -> TeamHistory {
        var random = SpoiltRandom(seed: seed &+ 77)
        var history = history
        let labels = Set(history.items.compactMap(\.label)).sorted()
        guard let first = labels.first else { return history }
        switch self {
        case .labelFlips:
            for index in history.items.indices where history.items[index].judgedBy == TeamHistory.name(1) {
                guard Double.random(in: 0..<1, using: &random) < amount, let label = history.items[index].label,
                    let other = labels.filter({ $0 != label }).randomElement(using: &random)
                else { continue }
                history.items[index].label = other
            }
        case .leakedLabel:
            for index in history.items.indices where history.items[index].label == first {
                guard Double.random(in: 0..<1, using: &random) < amount else { continue }
                if index % 2 == 0 {
                    history.items[index].text.title = "[\(first.uppercased())] " + history.items[index].text.title
                } else {
                    history.items[index].text.body += "\n\nLabel: \(first)\n"
                }
            }
        case .copiesAcrossSplit:
            for item in history.items {
                let text = item.text
                guard HeldOutSplit.isHeldOut(title: text.title, body: text.body),
                    Double.random(in: 0..<1, using: &random) < amount
                else { continue }
                var copy = item
                copy.taskID = Identifier(at: item.time, using: &random)
                copy.eventID = Identifier(at: item.time, using: &random)
                var number = 1
                repeat {
                    copy.text.body = text.body + " again \(number)"
                    number += 1
                } while HeldOutSplit.isHeldOut(title: copy.text.title, body: copy.text.body)
                history.items.append(copy)
            }
        case .classGone:
            history.items.removeAll {
                $0.label == labels.last && Double.random(in: 0..<1, using: &random) < amount
            }
        case .labelShift:
            history.items.removeAll { $0.label != first && Double.random(in: 0..<1, using: &random) < amount }
        case .foreignFlood:
            for index in history.items.indices where Double.random(in: 0..<1, using: &random) < amount {
                history.items[index].text.title = ForeignText.sentence(words: 8, &random)
                history.items[index].text.body = ForeignText.sentence(words: 40, &random)
            }
        case .emptyTexts:
            for index in history.items.indices where Double.random(in: 0..<1, using: &random) < amount {
                history.items[index].text.title = ["-", "??", ".", "x"].randomElement(using: &random) ?? "."
                history.items[index].text.body = ""
                // Each a task of its own, as a broken form makes them.
                history.items[index].text.project += "-\(index)"
            }
        case .timeTravel:
            for index in history.items.indices where Double.random(in: 0..<1, using: &random) < amount {
                let time = history.items[index].time.microseconds
                history.items[index].time = EventTime(microseconds: time - 86_400_000_000)
            }
        case .dominance:
            for index in history.items.indices {
                if Double.random(in: 0..<1, using: &random) < 0.4 {
                    history.items[index].judgedBy = TeamHistory.name(0)
                }
                guard history.items[index].judgedBy == TeamHistory.name(0), history.items[index].label != first,
                    Double.random(in: 0..<1, using: &random) < amount
                else { continue }
                history.items[index].label = first
            }
        case .automatic:
            for index in history.items.indices where Double.random(in: 0..<1, using: &random) < amount {
                for field in history.items[index].fields.indices {
                    history.items[index].fields[field].provenance = .auto
                }
            }
        }
        return history
    }
}

extension FeedbackItem {
    /// The first field's label.
    fileprivate var label: String? {
        get { fields.first?.value.description }
        set {
            guard let newValue, !fields.isEmpty else { return }
            fields[0].value = .text(newValue)
            fields[0].provenance = fields[0].suggested == .text(newValue) ? .accepted : .corrected
        }
    }
}

/// German, as a flood of it would look: Latin letters, other words.
enum ForeignText {
    private static let words = """
        der die das und nicht wenn wird beim nach Anmeldung Fehler Fenster schließt sich Einstellungen gespeichert \
        werden können Rechnung Kunde Bestellung abgeschickt Meldung erscheint Seite lädt langsam bitte Schaltfläche \
        funktioniert seit gestern Aktualisierung Drucker Vorschau leer Passwort zurücksetzen Benutzer Konto gesperrt \
        Anhang hochladen Datei beschädigt Übersicht zeigt falsche Zahlen Sprache ändern Darstellung verschoben
        """.split(separator: " ").map(String.init)

    static func sentence(words count: Int, _ random: inout SpoiltRandom) -> String {
        (0..<count).compactMap { _ in words.randomElement(using: &random) }.joined(separator: " ")
    }
}
