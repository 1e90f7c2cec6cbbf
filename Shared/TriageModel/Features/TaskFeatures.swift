/// The features of many tasks as the scanner found them: read once, weighed for each fold anew.
struct TaskFeatures: Sendable {
    private var entries: [FeatureEntry] = []
    /// Where each field of each task ends, counted from the task's first entry.
    private var ends: [Int] = []
    private var starts: [Int] = [0]

    var count: Int { starts.count - 1 }

    init(_ texts: [TaskText], _ space: FeatureSpace) {
        var scratch = FeatureScratch()
        for text in texts {
            space.vectorise(text, &scratch)
            entries.append(contentsOf: scratch.entries.prefix(scratch.entryCount))
            ends.append(contentsOf: scratch.fieldEnds)
            starts.append(entries.count)
        }
    }

    /// Puts a task's features where the scanner would.
    func load(_ task: Int, _ scratch: inout FeatureScratch) {
        scratch.reset()
        let range = starts[task]..<starts[task + 1]
        scratch.reserve(range.count)
        for (place, index) in range.enumerated() { scratch.entries[place] = entries[index] }
        scratch.entryCount = range.count
        for field in TextField.allCases {
            scratch.fieldEnds[field.rawValue] = ends[task * TextField.allCases.count + field.rawValue]
        }
    }

    /// Calls `body` with the field and the bucket of each feature of a task.
    @inline(__always) func forEach(_ task: Int, _ body: (TextField, Int) -> Void) {
        var index = starts[task]
        for field in TextField.allCases {
            let end = starts[task] + ends[task * TextField.allCases.count + field.rawValue]
            while index < end {
                body(field, Int(entries[index].bucket))
                index += 1
            }
        }
    }
}
