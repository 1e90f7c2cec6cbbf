/// Finds which rows of a head's weight table only ever occur together in some tasks; see `RowGroups`.
struct RowCounter {
    /// What is known of a row after all its entries.
    struct Column {
        /// Of all tasks, fields and values, whatever their order.
        var hash: UInt64 = 0
        var count: UInt32 = 0
        let firstTask: UInt32
        var variance: Float
        var square: Float = 0

        var isAlone: Bool { count == 1 }
    }

    private let entries: TrainingEntries
    /// The column of each row of the table, counted from 1; `RowGroups.none` for a base's row without an entry.
    private var numbers: [UInt32]
    private var columns: [Column] = []
    /// The column of each entry; `RowGroups.none` where it has no value.
    private var columnOfEntry: [UInt32] = []
    private var starts: [Int] = [0]

    init(_ entries: TrainingEntries) {
        self.entries = entries
        let shape = entries.shape
        numbers = [UInt32](
            repeating: 0, count: Head.tableRows(shape.layout, usesCharacters: shape.usesCharacters))
    }

    /// Takes note of the task whose features stand in `scratch`, weighed.
    mutating func append(_ scratch: borrowing FeatureScratch, project: UInt64, isKnown: Bool) {
        let task = UInt32(truncatingIfNeeded: starts.count - 1)
        entries.forEach(scratch, isKnown: isKnown) { kind, field, value in
            guard value != 0 else { return columnOfEntry.append(RowGroups.none) }
            let row = entries.tableRow(kind, project: project)
            if numbers[row] == 0 {
                columns.append(Column(firstTask: task, variance: entries.variance(kind)))
                numbers[row] = UInt32(truncatingIfNeeded: columns.count)
            }
            let column = numbers[row] &- 1
            columnOfEntry.append(column)
            count(Int(column), task, value, field)
        }
        starts.append(columnOfEntry.count)
    }

    /// The groups of the tasks so far.
    ///
    /// - Parameters:
    ///   - base: for a head on top of a base: its rows, which have a weight even without an entry.
    ///   - support: how many tasks of the base had a row; nil without a base.
    consuming func groups(base: [UInt32] = [], support: ((Int) -> Float)? = nil) -> RowGroups {
        for row in base where numbers[Int(row)] == 0 { numbers[Int(row)] = RowGroups.none }
        var tableRows: [UInt32] = []
        var columnOfRow: [UInt32] = []
        tableRows.reserveCapacity(columns.count)
        columnOfRow.reserveCapacity(columns.count)
        for row in numbers.indices where numbers[row] != 0 {
            tableRows.append(UInt32(truncatingIfNeeded: row))
            columnOfRow.append(numbers[row] == RowGroups.none ? RowGroups.none : numbers[row] &- 1)
        }
        if let support { stiffen(tableRows, columnOfRow, support) }
        return RowGroups(
            tableRows: tableRows, columnOfRow: columnOfRow, columns: columns, taskCount: starts.count - 1,
            columnOfEntry: columnOfEntry, starts: starts)
    }

    @inline(__always)
    private mutating func count(_ column: Int, _ task: UInt32, _ value: Float, _ field: Int) {
        let place = FeatureHash.joining(UInt64(task) &<< 32 | UInt64(value.bitPattern), UInt64(field))
        let hash = FeatureHash.finished(place)
        columns.withUnsafeMutableBufferPointer { columns in
            columns[column].hash &+= hash
            columns[column].count &+= 1
            columns[column].square += value * value
        }
    }

    /// Holds the rows that a base model learned from many tasks nearer to the base than those it hardly knew.
    ///
    /// Without the base's tasks, few corrections would bend what all tasks share, such as the bias and frequent words,
    /// to fit themselves. The curvature of the base's loss along a row is the number of tasks that have it times its mean
    /// square; `support` answers that number for a row of the table.
    private mutating func stiffen(_ tableRows: [UInt32], _ columnOfRow: [UInt32], _ support: (Int) -> Float) {
        guard entries.recipe.stiffness > 0 else { return }
        for place in columnOfRow.indices where columnOfRow[place] != RowGroups.none {
            let column = Int(columnOfRow[place])
            let mean = columns[column].square / Float(columns[column].count)
            columns[column].variance /= 1 + entries.recipe.stiffness * support(Int(tableRows[place])) * mean
        }
    }
}
