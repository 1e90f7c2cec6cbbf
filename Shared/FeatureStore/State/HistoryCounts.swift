/// What is counted of a stretch of time; sums of whole numbers, so that order never matters.
package struct HistoryCounts: Hashable, Sendable {
    /// Four numbers with a total.
    package struct Four: Hashable, Sendable {
        var values: SIMD4<Int> = .zero

        package var total: Int { values.wrappedSum() }
        package subscript(index: Int) -> Int {
            get { values[index] }
            set { values[index] = newValue }
        }
    }

    package var tasks = 0
    package var edits = 0
    /// By `KnownCategory.index`.
    package var categories = Four()
    /// By `KnownPriority.index`.
    package var priorities = Four()
    package var efforts = 0
    /// Hundredths of a point.
    package var effortSum = 0
    /// Judged fields, and those of them that replaced a suggestion.
    package var judged = 0
    package var corrected = 0

    static func += (left: inout HistoryCounts, right: HistoryCounts) {
        left.tasks &+= right.tasks
        left.edits &+= right.edits
        left.categories.values &+= right.categories.values
        left.priorities.values &+= right.priorities.values
        left.efforts &+= right.efforts
        left.effortSum &+= right.effortSum
        left.judged &+= right.judged
        left.corrected &+= right.corrected
    }

    mutating func count(_ event: HistoryEvent) {
        switch event.kind {
        case .created: tasks &+= 1
        case .edited: edits &+= 1
        case .judged:
            if let label = event.category { categories[KnownCategory(label: label).index] &+= 1 }
            if let label = event.priority, let known = KnownPriority(rawValue: label) { priorities[known.index] &+= 1 }
            if let effort = event.effort {
                efforts &+= 1
                effortSum &+= Int(effort)
            }
            judged &+= event.judgedFields
            corrected &+= Int(event.corrected)
        }
    }
}

extension Int64 {
    /// Division that rounds down, also below zero.
    func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// What that division leaves: never below zero.
    func flooredRemainder(by divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
