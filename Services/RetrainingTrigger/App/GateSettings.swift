import RetrainingTriggerCore
import Settings

extension GateLimits {
    /// The settings `GATE_…`.
    init(reader: inout SettingsReader) {
        self.init()
        protectedSlices = Self.protectedSlices(&reader)
        slices = reader.integer(
            "GATE_SLICES", default: slices, in: Self.sliceBounds, unit: "slices",
            summary: "slices of the held-out tasks that are looked at beside the protected ones, the largest first")
        sliceTasks = reader.integer(
            "GATE_SLICE_TASKS", default: sliceTasks, in: Self.taskBounds, unit: "tasks",
            summary: "held-out tasks that it takes to judge a slice")
        fieldTasks = reader.integer(
            "GATE_FIELD_TASKS", default: fieldTasks, in: Self.taskBounds, unit: "tasks",
            summary: "held-out tasks with a label that it takes to judge a field; no field: the challenger is rejected")
        level = reader.number(
            "GATE_LEVEL", default: level, in: Self.levelBounds, unit: "share",
            summary: "how often chance alone may make an equal challenger look significantly worse")
        margin = margin(
            &reader, "GATE_MARGIN", margin, "a challenger that loses more than this is rejected, significantly or not")
        protectedMargin = margin(&reader, "GATE_PROTECTED_MARGIN", protectedMargin, "the same on a protected slice")
        sliceMargin = margin(
            &reader, "GATE_SLICE_MARGIN", sliceMargin, "more than this may be lost on no slice if it is significant")
        calibrationMargin = margin(
            &reader, "GATE_CALIBRATION_MARGIN", calibrationMargin,
            "more than this the calibration error may not rise if it is significant")
        latencyRatio = reader.number(
            "GATE_LATENCY_RATIO", default: latencyRatio, in: Self.ratioBounds, unit: "times",
            summary: "how much longer than the champion's a prediction may take, above 2 ms")
        sizeRatio = reader.number(
            "GATE_SIZE_RATIO", default: sizeRatio, in: Self.ratioBounds, unit: "times",
            summary: "how much larger than the champion's an artifact may be, above 32 MiB")
    }

    private func margin(
        _ reader: inout SettingsReader, _ name: String, _ fallback: Double, _ summary: String
    ) -> Double {
        reader.number(name, default: fallback, in: Self.marginBounds, unit: "share", summary: summary)
    }

    private static func protectedSlices(_ reader: inout SettingsReader) -> [SliceName] {
        let name = "GATE_PROTECTED_SLICES"
        let text = reader.optionalString(
            name, summary: "slices on which no challenger may be worse, like project:payments,category:bug")
        var slices: [SliceName] = []
        for part in text?.split(separator: ",") ?? [] {
            do throws(SliceName.Fault) {
                let slice = try SliceName(String(part))
                if slices.contains(slice) { reader.fault(name, "\(slice) is named twice") }
                slices.append(slice)
            } catch {
                reader.fault(name, error.reason)
            }
        }
        if slices.count > protectedSlicesLimit {
            reader.fault(name, "names \(slices.count) slices, at most \(protectedSlicesLimit)")
        }
        return slices
    }
}
