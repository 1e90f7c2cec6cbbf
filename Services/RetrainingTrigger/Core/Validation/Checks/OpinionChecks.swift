import Contracts

/// What a model of other people's labels has to say.
enum OpinionChecks {
    /// So many standard errors must lie between a person and the others: among a thousand people one by chance.
    static let standardErrors = 3.3

    /// - Parameter minimum: with fewer tasks the share is chance as much as noise, and is told only.
    static func labelNoise(_ opinion: SecondOpinion, _ last: DatasetSummary?, minimum: Int) -> Finding {
        guard let noise = opinion.noise else {
            return .silent(.labelNoise, "too few categories to compare with each other")
        }
        let tasks = opinion.rows.count
        guard tasks >= minimum else {
            return .silent(
                .labelNoise,
                "too few to judge: \(tasks) tasks with a category, \(minimum) are needed; "
                    + "about \(NumberText.percent(noise.share)) of their categories look wrong")
        }
        let before = last?.noise.map { ", \(NumberText.percent($0)) in the last accepted snapshot" } ?? ""
        return Finding(
            .labelNoise, noise.share,
            "about \(NumberText.percent(noise.share)) of the categories look wrong\(before); a quick model agrees with "
                + "\(NumberText.percent(noise.accuracy)) of all")
    }

    static func userNoise(_ opinions: [SecondOpinion]) -> Finding {
        var found: [(text: String, excess: Double, floor: Double)] = []
        for opinion in opinions {
            for person in opinion.people {
                let (own, others) = opinion.contradicted(person)
                guard own.decided >= SecondOpinion.minimumOfPerson, others.decided > 0 else { continue }
                let pooled = Double(own.contradicted + others.contradicted) / Double(own.decided + others.decided)
                let error = (pooled * (1 - pooled) * (1 / Double(own.decided) + 1 / Double(others.decided)))
                    .squareRoot()
                found.append(
                    (
                        "\(opinion.field.rawValue): \(NumberText.percent(own.rate)) of the \(own.decided) labels of "
                            + "\(person.prefix(80)) are contradicted, \(NumberText.percent(others.rate)) of everybody "
                            + "else's", own.rate - others.rate, standardErrors * error
                    ))
            }
        }
        guard let worst = found.max(by: { $0.excess - $0.floor < $1.excess - $1.floor }) else {
            return .silent(.userNoise, "nobody can be compared with enough others")
        }
        return Finding(.userNoise, max(0, worst.excess), worst.text, noiseFloor: worst.floor)
    }
}
