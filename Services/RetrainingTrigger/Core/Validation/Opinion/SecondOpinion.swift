import Contracts

/// What a model of other people's labels says about each label.
///
/// Each label is predicted by a model that hasn't seen it. Where a person has given many labels and others enough, it is a
/// model that has seen none of that person's, so that nobody's mistakes vouch for themselves; the rest is
/// cross-validated in five parts. A label counts as contradicted by the rule of confident learning (Northcutt, Jiang and
/// Chuang, JAIR 70, 2021): another label reaches the probability that it has on average among its own, and is the most
/// probable of those that do.
struct SecondOpinion: Sendable {
    static let maximumTasks = 6_000
    /// Below this number of tasks, or of tasks with a label, nothing is said.
    static let minimumTasks = 40
    static let minimumOfLabel = 5
    /// People with so many labels are judged by the others, the most diligent first.
    static let minimumOfPerson = 20
    static let maximumPeople = 12
    private static let folds = 5

    /// One task's label and what was found.
    struct Row: Sendable {
        let place: Int
        let label: Int
        let judge: String
        /// The person is judged by a model of the others.
        var isByOthers = false
        /// The label that contradicts; the label itself where it is confirmed; nil: undecided.
        var verdict: Int?
        var probabilities: [Float] = []

        var isContradicted: Bool { verdict.map { $0 != label } ?? false }
    }

    let field: TriageField
    let labels: [String]
    private(set) var rows: [Row] = []
    /// Labels that others than this person use.
    private var usedByOthers: [String: Set<Int>] = [:]

    /// Nothing can be said.
    var isSilent: Bool { rows.isEmpty }

    init(_ field: TriageField, _ examples: [DatasetExample], _ texts: [TextFacts], _ base: BaseView) {
        self.field = field
        var found: [(place: Int, label: String, judge: String)] = []
        let step = max(1, (examples.count + Self.maximumTasks - 1) / Self.maximumTasks)
        for place in stride(from: 0, to: examples.count, by: step) {
            guard let label = examples[place].labels.first(where: { $0.field == field }),
                case .text(let value) = label.value
            else { continue }
            found.append((place, value, label.judgedBy))
        }
        let counts = Dictionary(found.map { ($0.label, 1) }, uniquingKeysWith: +)
        labels = counts.filter { $0.value >= Self.minimumOfLabel }.keys.sorted()
        let numbers = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
        let rows = found.compactMap { item in
            numbers[item.label].map { Row(place: item.place, label: $0, judge: item.judge) }
        }
        guard labels.count > 1, rows.count >= Self.minimumTasks else { return }
        self.rows = rows
        predict(
            QuickFeatures.make(rows.map { texts[$0.place] }, extra: rows.map { base.evidence[$0.place] }),
            extra: 1 + (base.evidence.first?.count ?? 0))
        decide()
    }

    // MARK: Prediction

    private mutating func predict(_ features: [QuickFeatures], extra: Int) {
        for fold in makeFolds() {
            let isOut = Set(fold)
            let rest = rows.indices.filter { !isOut.contains($0) }
            let model = QuickModel(
                rest, features: features, truth: rows.map(\.label), labels: labels.count, extra: extra)
            for row in fold { rows[row].probabilities = model.predict(features[row]) }
        }
    }

    /// Diligent people's rows each, then the rest in equal parts.
    private mutating func makeFolds() -> [[Int]] {
        let byPerson = Dictionary(grouping: rows.indices) { rows[$0].judge }
        let diligent = byPerson.filter {
            $0.value.count >= Self.minimumOfPerson && rows.count - $0.value.count >= 2 * Self.minimumTasks
        }.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.prefix(Self.maximumPeople)
        var folds: [[Int]] = []
        var isTaken = Set<String>()
        for (person, places) in diligent {
            let others = rows.filter { $0.judge != person }
            let counts = Dictionary(others.map { ($0.label, 1) }, uniquingKeysWith: +)
            usedByOthers[person] = Set(counts.filter { $0.value >= Self.minimumOfLabel }.keys)
            for place in places { rows[place].isByOthers = true }
            isTaken.insert(person)
            folds.append(places.sorted())
        }
        let rest = rows.indices.filter { !isTaken.contains(rows[$0].judge) }
        for part in 0..<Self.folds {
            let fold = rest.enumerated().filter { mixed(UInt64($0.offset)) % UInt64(Self.folds) == part }.map(\.element)
            if !fold.isEmpty { folds.append(fold) }
        }
        return folds
    }

    private mutating func decide() {
        var sums = [Float](repeating: 0, count: labels.count)
        var counts = [Float](repeating: 0, count: labels.count)
        for row in rows {
            sums[row.label] += row.probabilities[row.label]
            counts[row.label] += 1
        }
        let thresholds = zip(sums, counts).map { $0 / max($1, 1) }
        for index in rows.indices {
            let probabilities = rows[index].probabilities
            rows[index].verdict = labels.indices.filter { probabilities[$0] >= thresholds[$0] }
                .max { probabilities[$0] < probabilities[$1] }
        }
    }

    // MARK: What it comes to

    /// Estimated share of wrong labels: of each label's decided rows the part that is contradicted, by the label's
    /// frequency. The accuracy says how far the model itself can be trusted.
    var noise: (share: Double, accuracy: Double)? {
        guard !isSilent else { return nil }
        var share = 0.0
        for label in labels.indices {
            let own = rows.filter { $0.label == label }
            let decided = own.filter { $0.verdict != nil }
            guard !decided.isEmpty else { continue }
            share += Double(own.count) * Double(decided.count(where: \.isContradicted)) / Double(decided.count)
        }
        let right = rows.count { row in
            row.probabilities.indices.max { row.probabilities[$0] < row.probabilities[$1] } == row.label
        }
        return (share / Double(rows.count), Double(right) / Double(rows.count))
    }

    /// People judged by a model of the others.
    var people: [String] { Set(rows.lazy.filter(\.isByOthers).map(\.judge)).sorted() }

    /// The rows of a person by which it can be judged: labels that nobody else uses can't be predicted by others.
    func judged(_ person: String) -> [Row] {
        rows.filter { $0.judge == person && usedByOthers[person]?.contains($0.label) ?? true }
    }

    /// How often a person's labels are contradicted, and everybody else's.
    func contradicted(_ person: String) -> (own: Share, others: Share) {
        (
            Share(judged(person)), Share(rows.filter { $0.judge != person })
        )
    }

    /// Rows with a verdict and how many of them are contradicted.
    struct Share: Sendable {
        let decided: Int
        let contradicted: Int

        init(_ rows: [Row]) {
            decided = rows.count { $0.verdict != nil }
            contradicted = rows.count(where: \.isContradicted)
        }

        var rate: Double { decided == 0 ? 0 : Double(contradicted) / Double(decided) }
    }
}
