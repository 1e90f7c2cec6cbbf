import FeatureStore

/// The features that each issue would have been served, had a person judged each issue some days after it came.
struct HistoryJoin {
    /// How long people take to judge.
    static let judgedAfter: Int64 = 3 * 86_400_000_000

    /// By issue, in the order of the issues: nothing that was written later is in it.
    static func values(_ issues: [BenchIssue], head: String) -> [[Int32?]] {
        var values = [[Int32?]](repeating: [], count: issues.count)
        for (_, places) in Dictionary(grouping: issues.indices, by: { issues[$0].project }) {
            let history = history(of: places.map { issues[$0] }, head: head)
            let views = PointInTimeJoin.views(
                of: history,
                // Its own event is written at that very moment: it isn't known yet.
                at: places.map { .init(.writtenAt(issues[$0].createdAt - 1), at: issues[$0].createdAt) })
            for (place, view) in zip(places, views) {
                let issue = issues[place]
                values[place] = FeatureSet.current.values(
                    of: FeatureInput(
                        at: issue.createdAt, text: TextStatistics(title: issue.title, body: issue.body),
                        user: HistoryView(), project: view))
            }
        }
        return values
    }

    private static func history(of issues: [BenchIssue], head: String) -> [HistoryEvent] {
        var events: [HistoryEvent] = []
        for issue in issues {
            events.append(event(.created, issue, at: issue.createdAt))
            var judged = event(.judged, issue, at: issue.createdAt + judgedAfter)
            if head == "priority" { judged.priority = issue.label } else { judged.category = issue.label }
            events.append(judged)
        }
        events.sort { $0.writtenAt < $1.writtenAt }
        for index in events.indices { events[index].version = Int64(index + 1) }
        return events
    }

    private static func event(_ kind: HistoryEvent.Kind, _ issue: BenchIssue, at time: Int64) -> HistoryEvent {
        HistoryEvent(
            version: 0, kind: kind, taskID: issue.id, taskCreatedAt: issue.createdAt, eventTime: time, writtenAt: time)
    }
}
