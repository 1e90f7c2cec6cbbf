/// Fits the calibration of a head on scores of tasks that it wasn't trained on.
enum Calibrator {
    /// Fewer tasks than this tell nothing; the calibration stays as it was.
    static let minimumTasks = 30
    /// A zone needs this many tasks behind it.
    static let minimumZoneTasks = 20

    struct Scored {
        var project: UInt64 = 0
        let scores: [Float]
        let label: Int
        let weight: Float
        /// Which of the training's tasks it is.
        var place = 0
        /// Logarithm of each label's probability as the task's vector tells it; nil without one.
        var vector: [Double]?
    }

    /// Scale and offsets by gradient descent on the log loss, then the zones.
    ///
    /// - Parameter movesLabels: false keeps the offsets, so that no decision changes: temperature scaling (Guo et al., On
    ///   Calibration of Modern Neural Networks, ICML 2017).
    static func fit(
        _ tasks: [Scored], start: Calibration, movesLabels: Bool, options: TrainingOptions
    ) -> Calibration {
        guard tasks.count >= minimumTasks else { return start }
        var calibration = start
        fitScale(tasks, &calibration, movesLabels: movesLabels)
        setZones(tasks, &calibration, options)
        return calibration
    }

    private static func fitScale(_ tasks: [Scored], _ calibration: inout Calibration, movesLabels: Bool) {
        let total = tasks.reduce(Double(0)) { $0 + Double($1.weight) }
        // How far an offset can be known from so many tasks: few leave it near zero.
        let pull = 60 / Double(tasks.count)
        var scale = Double(calibration.scale)
        var offsets = calibration.offsets.map(Double.init)
        var scaleSpeed = 0.0
        var offsetSpeeds = [Double](repeating: 0, count: offsets.count)
        for _ in 0..<400 {
            var scaleGradient = 0.0
            var offsetGradients = [Double](repeating: 0, count: offsets.count)
            calibration.scale = Float(scale)
            calibration.offsets = offsets.map(Float.init)
            for task in tasks {
                let probabilities = Head.probabilities(task.scores, calibration)
                for label in offsets.indices {
                    let error = (probabilities[label] - (label == task.label ? 1 : 0)) * Double(task.weight) / total
                    scaleGradient += error * Double(task.scores[label])
                    offsetGradients[label] += error
                }
            }
            scaleSpeed = 0.9 * scaleSpeed - 0.2 * scaleGradient
            scale = max(0.05, min(20, scale + scaleSpeed))
            guard movesLabels else { continue }
            for label in offsets.indices {
                offsetSpeeds[label] = 0.9 * offsetSpeeds[label] - 0.2 * (offsetGradients[label] + pull * offsets[label])
                offsets[label] += offsetSpeeds[label]
            }
        }
        calibration.scale = Float(scale)
        calibration.offsets = offsets.map(Float.init)
    }

    private static func setZones(_ tasks: [Scored], _ calibration: inout Calibration, _ options: TrainingOptions) {
        let current = calibration
        let judged = tasks.map { task -> (confidence: Double, isRight: Bool) in
            let probabilities = Head.probabilities(task.scores, current)
            let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
            return (probabilities[best], best == task.label)
        }.sorted { $0.confidence > $1.confidence }
        calibration.automatic = threshold(judged, precision: options.automaticPrecision) ?? 1.01
        // Calibrated: below it a prediction is more often wrong.
        calibration.suggestion = min(options.askPrecision, calibration.automatic)
    }

    /// Wilson's lower bound of a share, one standard error below what was seen.
    private static func lowerBound(_ right: Int, of count: Int) -> Double {
        let count = Double(count)
        let share = Double(right) / count
        let spread = (share * (1 - share) / count + 1 / (4 * count * count)).squareRoot()
        return (share + 1 / (2 * count) - spread) / (1 + 1 / count)
    }

    /// The lowest confidence such that the predictions from there on reach a precision.
    private static func threshold(_ judged: [(confidence: Double, isRight: Bool)], precision: Double) -> Double? {
        var right = 0
        var lowest: Double?
        for (index, item) in judged.enumerated() {
            right += item.isRight ? 1 : 0
            let count = index + 1
            if count >= minimumZoneTasks, lowerBound(right, of: count) >= precision { lowest = item.confidence }
        }
        return lowest
    }
}
