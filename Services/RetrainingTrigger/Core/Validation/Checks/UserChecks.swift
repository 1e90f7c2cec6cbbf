import Contracts

/// What one person does to a data set.
enum UserChecks {
    static func userShare(_ input: ValidationInput) -> Finding {
        var weights: [String: Double] = [:]
        for example in input.examples where !example.isHeldOut {
            for label in example.labels { weights[label.judgedBy, default: 0] += label.weight }
        }
        let total = weights.values.reduce(0, +)
        guard total > 0, let most = weights.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else {
            return .silent(.userShare, "there are no labels")
        }
        let share = most.value / total
        return Finding(
            .userShare, share,
            "\(NumberText.percent(share)) of the weight is \(most.key.prefix(80))'s, of "
                + (weights.count == 1 ? "1 person" : "\(weights.count) people") + " (after the cap on influence)")
    }

    /// - Parameter share: of the labels of a field; people with less don't shape the model.
    static func userSkew(_ opinions: [SecondOpinion], share: Double) -> Finding {
        var found: [(text: String, distance: Double, floor: Double)] = []
        for opinion in opinions {
            for person in opinion.people {
                let rows = opinion.judged(person)
                guard Double(rows.count) > share * Double(opinion.rows.count) else { continue }
                let own = opinion.labels.indices.map { label in
                    Double(rows.count { $0.label == label }) / Double(rows.count)
                }
                let predicted = opinion.labels.indices.map { label in
                    rows.reduce(0) { $0 + Double($1.probabilities[label]) } / Double(rows.count)
                }
                let gaps = zip(own, predicted).map { $0 - $1 }
                let distance = gaps.reduce(0) { $0 + abs($1) } / 2
                // The mean distance of a sample from its own source, by the normal approximation, twice.
                let floor = own.reduce(0) { $0 + ($1 * (1 - $1) / Double(rows.count) * 2 / Double.pi).squareRoot() }
                let most = gaps.indices.max { gaps[$0] < gaps[$1] } ?? 0
                found.append(
                    (
                        "\(person.prefix(80)) gave \(rows.count) of \(opinion.rows.count) labels of "
                            + "\(opinion.field.rawValue): \(NumberText.percent(own[most])) `\(opinion.labels[most])` where "
                            + "others' labels predict \(NumberText.percent(predicted[most]))", distance, floor
                    ))
            }
        }
        guard let worst = found.max(by: { $0.distance < $1.distance }) else {
            return .silent(.userSkew, "nobody with a large share can be compared with enough others")
        }
        return Finding(.userSkew, worst.distance, worst.text, noiseFloor: worst.floor)
    }
}
