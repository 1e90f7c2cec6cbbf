import FeatureStore
import Foundation

/// The features of history as a page of plain filters: no state, no tiles, no order.
enum NaiveOracle {
    /// - Parameter events: what may be seen, in any order.
    static func values(_ events: [HistoryEvent], at request: Int64) -> [String: Int32] {
        let week = 7 * Histories.day
        func time(_ event: HistoryEvent) -> Int64 { min(event.eventTime, event.writtenAt) }
        let now = max(request, events.map(time).max() ?? .min)
        func isIn(_ weeks: Int64, _ event: HistoryEvent) -> Bool {
            floored(time(event), week) > floored(now, week) - weeks
        }
        let window = events.filter { isIn(26, $0) }
        let judged = window.filter { $0.kind == .judged }
        var values: [String: Int32] = [
            "tasks_4w": count(events.filter { $0.kind == .created && isIn(4, $0) }),
            "tasks_26w": count(window.filter { $0.kind == .created }),
            "edits_26w": count(window.filter { $0.kind == .edited }),
        ]

        // The latest 128 tasks by creation, of all that were ever heard of.
        let known = Dictionary(grouping: events, by: \.taskID).values.compactMap { of in
            of.first.map { (id: $0.taskID, createdAt: $0.taskCreatedAt, isJudged: of.contains { $0.kind == .judged }) }
        }.sorted { ($0.createdAt, $0.id.uuidString) < ($1.createdAt, $1.id.uuidString) }
        values["open_2w"] = count(known.suffix(128).filter { !$0.isJudged && $0.createdAt > now - 14 * Histories.day })

        if let last = events.filter({ $0.kind == .created }).map(time).max(), now - last <= 26 * week {
            values["minutes_since_task"] = Int32((now - last) / 60_000_000)
        }

        let categories = judged.compactMap(\.category)
        values["categories_26w"] = count(categories)
        if !categories.isEmpty {
            for label in ["bug", "feature", "question"] {
                values["category_\(label)_26w"] = share(categories.filter { $0 == label }, categories)
            }
            let others = categories.filter { !["bug", "feature", "question"].contains($0) }
            values["category_other_26w"] = share(others, categories)
        }
        let priorities = judged.compactMap(\.priority)
        values["priorities_26w"] = count(priorities)
        if !priorities.isEmpty {
            for label in ["high", "medium", "low"] {
                values["priority_\(label)_26w"] = share(priorities.filter { $0 == label }, priorities)
            }
        }
        let efforts = judged.compactMap(\.effort)
        if !efforts.isEmpty { values["effort_26w"] = Int32(efforts.reduce(0) { $0 + Int($1) } / efforts.count) }
        let fields = categories.count + priorities.count + efforts.count
        if fields > 0 {
            values["corrected_26w"] = Int32(judged.reduce(0) { $0 + Int($1.corrected) } * 1_000 / fields)
        }
        return values
    }

    private static func count(_ items: [some Any]) -> Int32 { Int32(items.count) }
    private static func share(_ part: [String], _ whole: [String]) -> Int32 { Int32(part.count * 1_000 / whole.count) }

    private static func floored(_ value: Int64, _ divisor: Int64) -> Int64 {
        Int64((Double(value) / Double(divisor)).rounded(.down))
    }
}
