import FeatureStore
import Foundation
import TriageModel

/// Trains with and without features on the first 70 % of each project and judges the rest.
struct Measurement {
    struct Variant {
        let name: String
        let isUsed: @Sendable (FeatureDefinition) -> Bool
    }

    static let variants = [
        Variant(name: "text alone") { _ in false },
        Variant(name: "text + text statistics, hour, weekday") { $0.entity == .task },
        Variant(name: "text + project history") { $0.entity == .project },
        Variant(name: "text + both") { $0.entity != .user },
    ]

    let issues: [BenchIssue]
    let head: String

    /// Prints a table row for each variant.
    func run() throws {
        let values = HistoryJoin.values(issues, head: head)
        let (train, test) = split()
        let labels = Array(Set(issues.map(\.label))).sorted()
        print("\(head): \(train.count) to train on, \(test.count) judged, labels \(labels.joined(separator: ", "))")
        print("| variant | macro-F1, mean of projects | accuracy | difference of macro-F1, 95 % interval |")
        print("|---|---|---|---|")
        var plainAnswers: [String] = []
        for variant in Self.variants {
            let answers = try answers(variant, values, train, test)
            let score = macroF1(answers, test, labels)
            let right = zip(answers, test).map { $0 == issues[$1].label }
            var interval = "-"
            if variant.name == Self.variants[0].name {
                plainAnswers = answers
            } else {
                let (low, high) = bootstrap(plainAnswers, answers, test, labels)
                interval = "\(signed(score - macroF1(plainAnswers, test, labels))) (\(signed(low)) to \(signed(high)))"
            }
            let accuracy = Double(right.count { $0 }) / Double(right.count)
            print("| \(variant.name) | \(digits(score)) | \(digits(accuracy)) | \(interval) |")
        }
    }

    private func split() -> (train: [Int], test: [Int]) {
        var train: [Int] = []
        var test: [Int] = []
        for (_, places) in Dictionary(grouping: issues.indices, by: { issues[$0].project }).sorted(by: {
            $0.key < $1.key
        }) {
            let cut = places.count * 7 / 10
            train += places.prefix(cut)
            test += places.dropFirst(cut)
        }
        return (train, test)
    }

    private func answers(
        _ variant: Variant, _ values: [[Int32?]], _ train: [Int], _ test: [Int]
    ) throws -> [String] {
        let words = FeatureWords(train.map { values[$0] }, isUsed: variant.isUsed)
        func text(_ place: Int) -> TaskText {
            let issue = issues[place]
            return TaskText(
                project: issue.project, title: issue.title, body: issue.body + words.comment(values[place]))
        }
        let tasks = train.map { place in
            LabelledTask(
                id: "\(place)", text: text(place), category: head == "category" ? issues[place].label : nil,
                priority: head == "priority" ? issues[place].label : nil)
        }
        let options = TrainingOptions(version: "measured", seed: 1, createdAt: Date(timeIntervalSince1970: 0))
        let model = try Trainer.train(tasks, base: nil, options: options)
        return model.predict(test.map(text)).map { ($0.category ?? $0.priority)?.label ?? "" }
    }

    /// The mean over projects of the mean over labels.
    private func macroF1(_ answers: [String], _ places: [Int], _ labels: [String]) -> Double {
        let byProject = Dictionary(grouping: places.indices, by: { issues[places[$0]].project })
        return byProject.values.reduce(0.0) { sum, rows in
            let scores = labels.compactMap { label -> Double? in
                var hit = 0
                var wrong = 0
                for row in rows {
                    let isTrue = issues[places[row]].label == label
                    let isAnswered = answers[row] == label
                    if isTrue && isAnswered { hit += 1 } else if isTrue || isAnswered { wrong += 1 }
                }
                return hit + wrong == 0 ? nil : 2 * Double(hit) / Double(2 * hit + wrong)
            }
            return sum + scores.reduce(0, +) / Double(max(1, scores.count))
        } / Double(byProject.count)
    }

    /// Of the difference, over the judged issues.
    private func bootstrap(
        _ plain: [String], _ other: [String], _ places: [Int], _ labels: [String]
    ) -> (low: Double, high: Double) {
        var random = SystemRandomNumberGenerator()
        let differences = (0..<1_000).map { _ in
            let rows = places.indices.map { _ in Int.random(in: places.indices, using: &random) }
            let drawn = rows.map { places[$0] }
            return macroF1(rows.map { other[$0] }, drawn, labels) - macroF1(rows.map { plain[$0] }, drawn, labels)
        }.sorted()
        return (differences[25], differences[974])
    }

    private func digits(_ value: Double) -> String { String(format: "%.4f", value) }
    private func signed(_ value: Double) -> String { String(format: "%+.4f", value) }
}
