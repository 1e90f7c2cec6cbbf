/// What an entity's history comes to: folded event by event, of bounded size, in whole numbers only.
///
/// Counts stand in tiles of one week (Tecton's word: partial sums that a window is put together from). The fold forgets
/// the order: the same events in any order give the same state, so a late arrival counts as if it had come in time.
package struct EntityState: Hashable, Sendable {
    /// Raised whenever a history gives another state than before; states of another version are folded anew.
    package static let foldVersion: Int16 = 1
    /// Tiles that are kept: the longest window.
    package static let weeks = 26
    static let weekMicroseconds: Int64 = 7 * 86_400_000_000

    struct Tile: Hashable, Sendable {
        var week: Int64
        var counts: HistoryCounts
    }

    /// The last event that is folded in; 0 for none.
    package internal(set) var version: Int64 = 0
    /// The latest time of any event; nothing before it is asked for.
    var latest = Int64.min
    var lastTaskAt: Int64?
    /// Ascending; none older than `weeks` before the latest.
    var tiles: [Tile] = []
    var recent = RecentTasks()

    package init() {}

    /// Folds in the next event of the history.
    package mutating func fold(_ event: HistoryEvent) {
        version = max(version, event.version)
        let time = event.time
        latest = max(latest, time)
        if event.kind == .created { lastTaskAt = max(lastTaskAt ?? .min, time) }
        recent.note(event.taskID, createdAt: event.taskCreatedAt, isJudged: event.kind == .judged)
        let newest = latest.flooredQuotient(by: Self.weekMicroseconds)
        let oldest = newest - Int64(Self.weeks) + 1
        if let first = tiles.first, first.week < oldest { tiles.removeAll { $0.week < oldest } }
        let week = time.flooredQuotient(by: Self.weekMicroseconds)
        // So late that no window that ends at the latest event or after it reaches it.
        if week < oldest { return }
        var place = tiles.endIndex
        while place > 0, tiles[place - 1].week >= week { place -= 1 }
        if place == tiles.endIndex || tiles[place].week != week {
            tiles.insert(Tile(week: week, counts: HistoryCounts()), at: place)
        }
        tiles[place].counts.count(event)
    }

    /// What the features are computed from, at a time; a time before the latest event counts as that event's.
    package func view(at time: Int64) -> HistoryView {
        let time = max(time, latest)
        let now = time.flooredQuotient(by: Self.weekMicroseconds)
        var view = HistoryView()
        for tile in tiles where tile.week > now - Int64(Self.weeks) {
            view.all += tile.counts
            if tile.week > now - Int64(HistoryView.recentWeeks) { view.recent += tile.counts }
        }
        view.openTasks = recent.openCount(at: time)
        view.microsecondsSinceTask = lastTaskAt.map { time - $0 }
        return view
    }
}

/// An entity's history at one moment.
package struct HistoryView: Hashable, Sendable {
    /// Weeks of the shorter window, the present one included.
    static let recentWeeks = 4
    static let longestSinceTask = Int64(EntityState.weeks) * EntityState.weekMicroseconds

    /// Of 4 weeks.
    package var recent = HistoryCounts()
    /// Of 26 weeks.
    package var all = HistoryCounts()
    package var openTasks = 0
    package var microsecondsSinceTask: Int64?

    package init() {}
}
