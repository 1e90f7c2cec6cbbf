import Contracts

/// The figures, each with its interval by the bootstrap.
extension Contrasts {
    /// Accuracy, or the mean error of effort.
    ///
    /// Two tasks are added to the samples, one that each model is better at: without them a bootstrap of few
    /// disagreements is too sure (Bonett and Price, Journal of Educational and Behavioral Statistics 37, 2012, for the
    /// difference of paired proportions).
    func mean(_ field: TriageField, _ slice: SliceName?) -> Contrast {
        var sums = ResampledSums(columns: 3)
        var squares = 0.0
        for (key, members) in groups {
            var (count, old, new) = (0.0, 0.0, 0.0)
            for task in members.lazy.map({ tasks[$0] }) where belongs(task, slice, field) {
                guard let scores = Self.scores(task, field) else { continue }
                count += 1
                old += scores.champion
                new += scores.challenger
                squares += (scores.challenger - scores.champion) * (scores.challenger - scores.champion)
            }
            if count > 0 { sums.add(group: key, [(0, count), (1, old), (2, new)]) }
        }
        let figures = sums.value { sum in
            sum(0) > 0 ? (count: sum(0), champion: sum(1) / sum(0), challenger: sum(2) / sum(0)) : nil
        }
        let step = field == .effort ? (squares / max(figures?.count ?? 1, 1)).squareRoot() : 1
        sums.add(group: 1, [(0, 1), (1, step)], isAdded: true)
        sums.add(group: 2, [(0, 1), (2, step)], isAdded: true)
        var contrast = Contrast(
            field: field, measure: field == .effort ? .error : .accuracy, slice: slice, tasks: Int(figures?.count ?? 0),
            champion: answers(field, \.champion, \.champion) ? figures?.champion : nil,
            challenger: answers(field, \.challenger, \.challenger) ? figures?.challenger : nil)
        contrast.judge(sums.samples { sum in sum(0) > 0 ? (sum(2) - sum(1)) / sum(0) : nil })
        return contrast
    }

    static func scores(_ task: PairedTask, _ field: TriageField) -> (champion: Double, challenger: Double)? {
        if field == .effort { return task.effort.map { ($0.championError, $0.challengerError) } }
        return task.labels[field].map { ($0.champion == $0.truth ? 1 : 0, $0.challenger == $0.truth ? 1 : 0) }
    }

    /// Whether a model answers this field at all.
    func answers(
        _ field: TriageField, _ label: KeyPath<PairedTask.Label, String?>, _ points: KeyPath<PairedTask.Points, Double?>
    ) -> Bool {
        tasks.contains { task in
            field == .effort ? task.effort?[keyPath: points] != nil : task.labels[field]?[keyPath: label] != nil
        }
    }

    /// F1 of one label, with two tasks added as for the mean.
    func f1(_ field: TriageField, _ slice: SliceName) -> Contrast {
        var sums = ResampledSums(columns: 5)
        for (key, members) in groups {
            var counts = [Double](repeating: 0, count: 5)
            for task in members.lazy.map({ tasks[$0] }) {
                if let label = task.labels[field] { Self.count(label, slice.value, into: &counts, at: 0) }
            }
            if counts.contains(where: { $0 > 0 }) { sums.add(group: key, counts.enumerated().map { ($0, $1) }) }
        }
        let figures = sums.value { sum in (Self.f1(sum, 1, 2, of: 0), Self.f1(sum, 3, 4, of: 0), sum(0)) }
        sums.add(group: 1, [(0, 1), (1, 1), (2, 1)], isAdded: true)
        sums.add(group: 2, [(0, 1), (3, 1), (4, 1)], isAdded: true)
        var contrast = Contrast(
            field: field, measure: .f1, slice: slice, tasks: Int(figures.2),
            champion: answers(field, \.champion, \.champion) ? figures.0 : nil,
            challenger: answers(field, \.challenger, \.challenger) ? figures.1 : nil)
        contrast.judge(
            sums.samples { sum in
                guard let old = Self.f1(sum, 1, 2, of: 0), let new = Self.f1(sum, 3, 4, of: 0) else { return nil }
                return new - old
            })
        return contrast
    }

    func macroF1(_ field: TriageField) -> Contrast {
        var frequency: [String: Int] = [:]
        for task in tasks { if let label = task.labels[field] { frequency[label.truth, default: 0] += 1 } }
        let labels = frequency.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.maximumLabels).map(\.key)
        let places = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
        var sums = ResampledSums(columns: 5 * labels.count)
        var total = 0
        for (key, members) in groups {
            var counts: [Int: [Double]] = [:]
            for task in members.lazy.map({ tasks[$0] }) {
                guard let label = task.labels[field] else { continue }
                total += 1
                for name in Set([label.truth, label.champion, label.challenger].compactMap { $0 }) {
                    guard let place = places[name] else { continue }
                    Self.count(label, name, into: &counts[place, default: [0, 0, 0, 0, 0]], at: 0)
                }
            }
            let values = counts.flatMap { place, counts in counts.enumerated().map { (5 * place + $0, $1) } }
            if !values.isEmpty { sums.add(group: key, values) }
        }
        func mean(_ sum: (Int) -> Double, _ hit: Int) -> Double? {
            var (total, count) = (0.0, 0.0)
            for place in labels.indices {
                // A label that no task of the sample has doesn't speak.
                guard sum(5 * place) > 0,
                    let value = Self.f1(sum, 5 * place + hit, 5 * place + hit + 1, of: 5 * place)
                else { continue }
                total += value
                count += 1
            }
            return count > 0 ? total / count : nil
        }
        let figures = sums.value { sum in (mean(sum, 1), mean(sum, 3)) }
        var contrast = Contrast(
            field: field, measure: .macroF1, tasks: total,
            champion: answers(field, \.champion, \.champion) ? figures.0 : nil,
            challenger: answers(field, \.challenger, \.challenger) ? figures.1 : nil)
        contrast.judge(
            sums.samples { sum in
                guard let old = mean(sum, 1), let new = mean(sum, 3) else { return nil }
                return new - old
            })
        return contrast
    }

    /// Truths, the champion's hits and answers, the challenger's hits and answers.
    static func count(_ label: PairedTask.Label, _ name: String, into counts: inout [Double], at start: Int) {
        let isTrue = label.truth == name
        if isTrue { counts[start] += 1 }
        if label.champion == name {
            counts[start + 2] += 1
            if isTrue { counts[start + 1] += 1 }
        }
        if label.challenger == name {
            counts[start + 4] += 1
            if isTrue { counts[start + 3] += 1 }
        }
    }

    static func f1(_ sum: (Int) -> Double, _ hits: Int, _ answers: Int, of truths: Int) -> Double? {
        let total = sum(truths) + sum(answers)
        return total > 0 ? 2 * sum(hits) / total : nil
    }

    /// Expected calibration error over the tasks that both answer.
    func calibration(_ field: TriageField) -> Contrast {
        let bins = 15
        var sums = ResampledSums(columns: 1 + 2 * bins)
        for (key, members) in groups {
            var values = [Double](repeating: 0, count: 1 + 2 * bins)
            for task in members.lazy.map({ tasks[$0] }) {
                guard let label = task.labels[field], label.champion != nil, label.challenger != nil else { continue }
                values[0] += 1
                let sides = [
                    (label.championConfidence, label.champion == label.truth),
                    (label.challengerConfidence, label.challenger == label.truth),
                ]
                for (side, (confidence, isRight)) in sides.enumerated() {
                    let bin = min(max(Int((confidence * Double(bins)).rounded(.up)) - 1, 0), bins - 1)
                    values[1 + side * bins + bin] += (isRight ? 1 : 0) - confidence
                }
            }
            if values[0] > 0 { sums.add(group: key, values.enumerated().map { ($0, $1) }) }
        }
        func error(_ sum: (Int) -> Double, _ side: Int) -> Double? {
            guard sum(0) > 0 else { return nil }
            return (0..<bins).reduce(0) { $0 + abs(sum(1 + side * bins + $1)) } / sum(0)
        }
        let figures = sums.value { sum in (error(sum, 0), error(sum, 1), sum(0)) }
        var contrast = Contrast(
            field: field, measure: .calibration, tasks: Int(figures.2), champion: figures.0, challenger: figures.1)
        contrast.judge(
            sums.samples { sum in
                guard let old = error(sum, 0), let new = error(sum, 1) else { return nil }
                return new - old
            })
        return contrast
    }
}
