/// Joins requests to what was known when they were made: never to anything that was written later.
package enum PointInTimeJoin {
    /// How far a history is seen.
    package enum Position: Hashable, Sendable {
        /// The events up to this version: what a prediction logs, and exact whatever clocks say.
        case version(Int64)
        /// What was written by then, even if it happened earlier: the events before the first that was written later.
        case writtenAt(Int64)
    }

    /// One moment that is asked for.
    package struct Request: Sendable {
        package var position: Position
        /// The request's own time, in microseconds since 1970.
        package var at: Int64

        package init(_ position: Position, at: Int64) {
            self.position = position
            self.at = at
        }
    }

    /// The views of one entity, in the order of the requests. Folds the history once.
    /// - Parameter history: all of the entity's events, in any order.
    package static func views(of history: [HistoryEvent], at requests: [Request]) -> [HistoryView] {
        let history = history.sorted { $0.version < $1.version }
        let visible = requests.map { visibleCount(of: history, $0.position) }
        var views = [HistoryView](repeating: HistoryView(), count: requests.count)
        var state = EntityState()
        var folded = 0
        for index in requests.indices.sorted(by: { visible[$0] < visible[$1] }) {
            while folded < visible[index] {
                state.fold(history[folded])
                folded += 1
            }
            views[index] = state.view(at: requests[index].at)
        }
        return views
    }

    private static func visibleCount(of history: [HistoryEvent], _ position: Position) -> Int {
        switch position {
        case .version(let version): history.partitionPoint { $0.version > version }
        case .writtenAt(let time): history.firstIndex { $0.writtenAt > time } ?? history.count
        }
    }
}

extension [HistoryEvent] {
    /// The first place from which on `isBeyond` holds; it must not hold before.
    fileprivate func partitionPoint(_ isBeyond: (HistoryEvent) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBeyond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
