/// Computes what was served once more, from history alone: with no online state, no cache and no checkpoint.
package struct ParityCheck {
    private let definitions: [FeatureDefinition]
    /// The lists of references that were served, by fingerprint.
    private let sets: [Int64: [String]]

    /// - Parameter sets: references by fingerprint, as they were logged.
    package init(sets: [Int64: [String]], definitions: [FeatureDefinition] = FeatureSet.current.definitions) {
        self.sets = sets
        self.definitions = definitions
    }

    /// Compares predictions with what these histories give.
    /// - Parameter histories: by entity; an entity without any has no events.
    package func compare(_ served: [ServedPrediction], histories: [Int64: [HistoryEvent]]) -> ParityReport {
        let users = join(served, histories, entity: \.user, version: \.userVersion)
        let projects = join(served, histories, entity: \.project, version: \.projectVersion)
        var report = ParityReport()
        for (index, prediction) in served.enumerated() {
            report.predictions += 1
            guard let user = users[index], let project = projects[index] else {
                report.missingHistory += 1
                continue
            }
            if prediction.text == nil { report.withoutText += 1 }
            let input = FeatureInput(
                at: prediction.at, text: prediction.text ?? TextStatistics(), user: user, project: project)
            compare(prediction, input, into: &report)
        }
        return report
    }

    private func compare(_ served: ServedPrediction, _ input: FeatureInput, into report: inout ParityReport) {
        let references = sets[served.set] ?? []
        var isMismatched = false
        if references.count != served.values.count {
            report.notComparable["an unknown set of \(served.values.count) features", default: 0] += 1
            isMismatched = true
        }
        for (reference, value) in zip(references, served.values) {
            guard let definition = definitions.first(where: { $0.reference == reference }) else {
                report.notComparable[reference, default: 0] += 1
                continue
            }
            if served.text == nil, definition.entity == .task { continue }
            report.values += 1
            let recomputed = definition.value(input)
            if recomputed == value { continue }
            isMismatched = true
            report.mismatchesByFeature[reference, default: 0] += 1
            if report.firstMismatches.count < ParityReport.examples {
                report.firstMismatches.append(
                    ParityReport.Mismatch(
                        prediction: served.name, feature: reference, served: value, recomputed: recomputed))
            }
        }
        if isMismatched { report.mismatchedPredictions += 1 }
    }

    /// The view of each prediction's entity; nil where the history that it saw isn't all there.
    private func join(
        _ served: [ServedPrediction], _ histories: [Int64: [HistoryEvent]],
        entity: KeyPath<ServedPrediction, Int64>, version: KeyPath<ServedPrediction, Int64>
    ) -> [HistoryView?] {
        var views = [HistoryView?](repeating: nil, count: served.count)
        for (key, places) in Dictionary(grouping: served.indices, by: { served[$0][keyPath: entity] }) {
            let history = (histories[key] ?? []).sorted { $0.version < $1.version }
            // The longest beginning without a gap.
            let complete = zip(history, 1...).prefix { $0.version == Int64($1) }.count
            let joined = PointInTimeJoin.views(
                of: history,
                at: places.map {
                    PointInTimeJoin.Request(.version(served[$0][keyPath: version]), at: served[$0].at)
                })
            for (place, view) in zip(places, joined) where served[place][keyPath: version] <= Int64(complete) {
                views[place] = view
            }
        }
        return views
    }
}
