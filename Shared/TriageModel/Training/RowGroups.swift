/// Which rows of a head's weight table a solver handles as one, exactly.
///
/// Rows whose columns over the tasks are multiples of one another move together: a feature of one project and its copy,
/// the character sequences of a rare word, everything that a single task has. A solver that has one row for all of them,
/// of their prior variances' sum, finds the same weights in a fraction of the time. Features of one field that are
/// together in all tasks are so in any part of them, and have the same weight there: folds use the groups of the whole.
struct RowGroups: Sendable {
    struct Column: Sendable {
        let group: UInt32
        let variance: Float
        /// One task alone has it; its group is everything that only this task has.
        let isAlone: Bool
    }

    static let none = UInt32.max
    /// Marks entries that are columns of one task alone.
    private static let alone: UInt32 = 1 << 31

    /// The rows of the head's weight table that the tasks or a base have, ascending.
    let tableRows: [UInt32]
    /// The column of each of `tableRows`; `none` where no task has it.
    private let columnOfRow: [UInt32]
    let columns: [Column]
    /// The sum of the variances of each group; 0 where it is of one task alone.
    let variances: [Float]
    /// For each entry its group, its column with the mark, or `none` where another entry stands for it.
    private let tags: [UInt32]
    private let starts: [Int]

    /// What becomes of an entry.
    enum Tag {
        case none
        case alone(column: Int)
        case group(Int)
    }

    init(
        tableRows: [UInt32], columnOfRow: [UInt32], columns counted: [RowCounter.Column], taskCount: Int,
        columnOfEntry: [UInt32], starts: [Int]
    ) {
        var alone = [UInt32](repeating: Self.none, count: taskCount)
        var together: [UInt64: UInt32] = [:]
        together.reserveCapacity(counted.count / 4)
        var groups: [(count: UInt32, representative: UInt32)] = []
        var groupOfColumn: [UInt32] = []
        groupOfColumn.reserveCapacity(counted.count)
        for (index, column) in counted.enumerated() {
            var group = column.isAlone ? alone[Int(column.firstTask)] : together[column.hash] ?? Self.none
            if group == Self.none || groups[Int(group)].count != column.count {
                group = UInt32(truncatingIfNeeded: groups.count)
                groups.append((column.count, UInt32(truncatingIfNeeded: index)))
                if column.isAlone { alone[Int(column.firstTask)] = group } else { together[column.hash] = group }
            }
            groupOfColumn.append(group)
        }
        let numbers = Self.byFrequency(groups.map(\.count))
        var variances = [Float](repeating: 0, count: groups.count)
        var tagOfColumn = [UInt32](repeating: Self.none, count: counted.count)
        columns = counted.indices.map { index in
            let column = counted[index]
            let group = Int(groupOfColumn[index])
            if column.isAlone {
                tagOfColumn[index] = UInt32(truncatingIfNeeded: index) | Self.alone
            } else {
                variances[Int(numbers[group])] += column.variance
                if groups[group].representative == index { tagOfColumn[index] = numbers[group] }
            }
            return Column(group: numbers[group], variance: column.variance, isAlone: column.isAlone)
        }
        self.tableRows = tableRows
        self.columnOfRow = columnOfRow
        self.variances = variances
        self.starts = starts
        tags = columnOfEntry.map { $0 == Self.none ? Self.none : tagOfColumn[Int($0)] }
    }

    /// Groups, which are the solver's rows.
    var count: Int { variances.count }

    /// Where the entries of a task start, in the order of `TrainingEntries`.
    func start(ofTask task: Int) -> Int { starts[task] }

    @inline(__always)
    func tag(ofEntry entry: Int) -> Tag {
        let tag = tags[entry]
        if tag == Self.none { return .none }
        return tag & Self.alone == 0 ? .group(Int(tag)) : .alone(column: Int(tag & ~Self.alone))
    }

    /// Goes over the places in `tableRows` that tasks have, with their column.
    @inline(__always)
    func forEachColumn(_ body: (Int, Int) -> Void) {
        for place in columnOfRow.indices where columnOfRow[place] != Self.none { body(place, Int(columnOfRow[place])) }
    }

    /// The number of each group when the most frequent come first, next to each other in the processor's cache.
    private static func byFrequency(_ counts: [UInt32]) -> [UInt32] {
        let largest = counts.max() ?? 0
        var places = [UInt32](repeating: 0, count: Int(largest) + 2)
        for count in counts { places[Int(largest - count) + 1] += 1 }
        for index in places.indices.dropFirst() { places[index] += places[index - 1] }
        return counts.map { count in
            defer { places[Int(largest - count)] += 1 }
            return places[Int(largest - count)]
        }
    }
}
