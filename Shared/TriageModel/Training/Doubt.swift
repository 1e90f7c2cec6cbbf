extension HeadTrainer {
    /// Which part of its weight each task keeps: all of it, or less where a head trained on the others finds its label
    /// improbable.
    ///
    /// Such answers are mistakes more often than lessons (Northcutt, Jiang and Chuang, Confident Learning: Estimating
    /// Uncertainty in Dataset Labels, JAIR 70, 2021). The calibration goes on counting all answers in full: it has to say
    /// how often people agree.
    func shares(_ scored: [Calibrator.Scored]) -> [Float] {
        let calibration = Calibrator.fit(
            scored, start: calibrationStart(base?.calibration), movesLabels: base != nil, options: options)
        var shares = labels.map { _ in Float(1) }
        for task in scored {
            let probability = Head.probabilities(task.scores, calibration)[task.label]
            if probability < Self.improbable { shares[task.place] = Self.doubted }
        }
        return shares
    }

    /// A label of less probability is doubted, and keeps this part of its weight. Chosen by cross-validation on training
    /// rows with a tenth of wrong labels: ADR 15.
    private static let improbable = 0.1
    private static let doubted: Float = 0.1
}
