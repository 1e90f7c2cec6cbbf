import Settings

/// What a replica of ai-analyzer takes from the broker; a queue each. A pool of replicas may have a part of it, so that one kind of
/// work takes nothing away from another.
package enum AnalyzerWork: String, CaseIterable, Sendable {
    /// Analyses of tasks as they come.
    case tasks
    /// Histories of users and projects.
    case features
    /// Other versions' answers to recorded tasks.
    case replays

    /// Reads `ANALYZER_WORK`; faults go to the reader.
    static func read(_ reader: inout SettingsReader) -> Set<AnalyzerWork> {
        let name = "ANALYZER_WORK"
        let everything = allCases.map(\.rawValue).joined(separator: ",")
        let text = reader.string(
            name, default: everything,
            summary: "what this replica does, with commas between; a pool of replicas may have a part of it")
        var work = Set<AnalyzerWork>()
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let one = AnalyzerWork(rawValue: String(part.filter { $0 != " " })) else {
                reader.fault(name, "must be some of \(everything), not \"\(part.prefix(100))\"")
                return Set(allCases)
            }
            work.insert(one)
        }
        return work
    }
}
