/// Everything that the features of one prediction are computed from.
package struct FeatureInput: Sendable {
    /// When the task came or was edited, in microseconds since 1970, UTC: the event's time, not the server's clock.
    package var at: Int64
    package var text: TextStatistics
    package var user: HistoryView
    package var project: HistoryView

    package init(at: Int64, text: TextStatistics, user: HistoryView, project: HistoryView) {
        self.at = at
        self.text = text
        self.user = user
        self.project = project
    }
}
