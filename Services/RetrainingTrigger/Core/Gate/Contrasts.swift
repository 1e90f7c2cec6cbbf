import Contracts

/// Every figure that champion and challenger are compared by.
struct Contrasts {
    /// More labels of a field than these are left out of its macro-F1, the rarest first.
    static let maximumLabels = 100

    let tasks: [PairedTask]
    let limits: GateLimits
    /// Places of tasks by group, in the order of the groups' keys.
    let groups: [(key: UInt64, members: [Int])]

    /// What came of it.
    struct Result {
        var contrasts: [Contrast] = []
        var groups = 0
        /// Slices with enough tasks that were not looked at.
        var omittedSlices = 0
    }

    /// Equal tasks and limits give equal contrasts, in whichever order the tasks come.
    static func result(_ tasks: [PairedTask], _ limits: GateLimits) -> Result {
        Contrasts(tasks, limits).result()
    }

    private init(_ tasks: [PairedTask], _ limits: GateLimits) {
        self.tasks = tasks
        self.limits = limits
        groups = Dictionary(grouping: tasks.indices, by: { tasks[$0].group }).sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }
    }

    private func result() -> Result {
        var result = Result()
        result.groups = groups.count
        for field in TriageField.allCases where count(field, nil) > 0 {
            result.contrasts.append(mean(field, nil))
            guard field != .effort else { continue }
            result.contrasts.append(macroF1(field))
            result.contrasts.append(calibration(field))
        }
        for slice in limits.protectedSlices { result.contrasts += contrasts(of: slice, isProtected: true) }
        let others = others()
        result.omittedSlices = max(0, others.count - limits.slices)
        for slice in others.prefix(limits.slices) { result.contrasts += contrasts(of: slice, isProtected: false) }
        return result
    }

    // MARK: Which slices

    /// Those with enough tasks that are neither protected nor nearly everything, the largest first.
    private func others() -> [SliceName] {
        var counts: [SliceName: Int] = [:]
        for task in tasks {
            for slice in task.slices { counts[slice, default: 0] += 1 }
            for (field, label) in task.labels {
                guard let dimension = SliceName.Dimension(rawValue: field.rawValue) else { continue }
                counts[SliceName(dimension, label.truth), default: 0] += 1
            }
            if let effort = task.effort {
                counts[SliceName(.effort, EffortBand(points: effort.truth).rawValue), default: 0] += 1
            }
        }
        let protected = Set(limits.protectedSlices)
        return counts.filter { slice, count in
            count >= limits.sliceTasks && !protected.contains(slice) && Double(count) < 0.95 * Double(tasks.count)
        }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }

    private func contrasts(of slice: SliceName, isProtected: Bool) -> [Contrast] {
        if let field = slice.dimension.field {
            let enough = count(field, slice) >= limits.sliceTasks
            guard enough || isProtected else { return [] }
            let found = field == .effort ? mean(field, slice) : f1(field, slice)
            return [marked(found, isProtected: isProtected, isEnough: enough)]
        }
        let fields = TriageField.allCases.filter { count($0, slice) >= (isProtected ? 1 : limits.sliceTasks) }
        if fields.isEmpty, isProtected {
            return [
                Contrast(
                    field: .category, measure: .accuracy, slice: slice, isProtected: true, tasks: 0, champion: nil,
                    challenger: nil)
            ]
        }
        return fields.map {
            marked(
                mean($0, slice), isProtected: isProtected, isEnough: count($0, slice) >= limits.sliceTasks)
        }
    }

    private func marked(_ contrast: Contrast, isProtected: Bool, isEnough: Bool) -> Contrast {
        var contrast = contrast
        contrast.isProtected = isProtected
        if !isEnough { (contrast.low, contrast.high, contrast.chance) = (nil, nil, nil) }
        return contrast
    }

    func belongs(_ task: PairedTask, _ slice: SliceName?, _ field: TriageField) -> Bool {
        guard let slice else { return true }
        switch slice.dimension.field {
        case nil: return task.slices.contains(slice)
        case .effort: return task.effort.map { EffortBand(points: $0.truth).rawValue == slice.value } ?? false
        case let field?: return task.labels[field]?.truth == slice.value
        }
    }

    private func count(_ field: TriageField, _ slice: SliceName?) -> Int {
        tasks.count { task in
            (field == .effort ? task.effort != nil : task.labels[field] != nil) && belongs(task, slice, field)
        }
    }
}
