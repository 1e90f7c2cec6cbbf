import ArgumentParser
import TriageModel

/// The section of the benchmark on how answers make the model better.
enum ModelBenchmarkLoop {
    /// How good the model is after each batch of answers, the mean over the orders.
    struct Curve {
        let steps: [LearningLoop.Step]

        init(_ loop: LearningLoop, _ mode: LearningLoop.Mode, seeds: Int) throws {
            let runs = try (0..<seeds).map { try loop.replay(mode, seed: UInt64($0)) }
            steps = runs[0].indices.map { index in
                func mean(_ value: (LearningLoop.Step) -> Double?) -> Double? {
                    let values = runs.compactMap { value($0[index]) }
                    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
                }
                return LearningLoop.Step(
                    items: Int((mean { Double($0.items) } ?? 0).rounded()), f1: mean(\.f1) ?? 0, ece: mean(\.ece) ?? 1,
                    online: mean(\.online))
            }
        }
    }

    /// The curves of all modes.
    static func curves(
        _ rows: [ModelData.Row], seeds: Int, isSmall: Bool, _ name: String
    ) throws -> [LearningLoop.Mode: Curve] {
        let stream = rows.filter { $0.split == "train" }.map(\.task).filter { $0.category != nil }
        let judge = rows.filter { $0.split == "test" }.map(\.task)
        guard stream.count >= 2 * LearningLoop.batch, !judge.isEmpty else {
            throw CommandFailure(
                .badData,
                "\(name): \(stream.count) train rows with a category and \(judge.count) test rows")
        }
        let loop = LearningLoop(stream: stream, judge: judge, isSmall: isSmall)
        var curves: [LearningLoop.Mode: Curve] = [:]
        for mode in LearningLoop.Mode.allCases { curves[mode] = try Curve(loop, mode, seeds: seeds) }
        return curves
    }

    /// What the curves come to, in one line.
    static func summary(_ curves: [LearningLoop.Mode: Curve]) -> String {
        guard let all = curves[.all]?.steps, let frozen = curves[.frozen]?.steps, let noisy = curves[.noisy]?.steps,
            let last = all.last, let lastFrozen = frozen.last, let lastNoisy = noisy.last
        else { return "" }
        let early = min(3, all.count - 1)
        return "over frozen \(ModelBenchmark.number(all[early].f1 - frozen[early].f1)) after "
            + "\(all[early].items - LearningLoop.batch) added items and "
            + "\(ModelBenchmark.number(last.f1 - lastFrozen.f1)) after \(last.items - LearningLoop.batch); ECE at the end "
            + "\(ModelBenchmark.number(last.ece)); lost to wrong answers \(ModelBenchmark.number(last.f1 - lastNoisy.f1, 4))"
    }

    /// The section of the report: the full recipe and the reference's small one, three orders each.
    static func section(_ path: String) throws -> String {
        let rows = try ModelData.rows(path)
        let full = try curves(rows, seeds: 3, isSmall: false, path)
        let small = try curves(rows, seeds: 3, isSmall: true, path)
        let reference = [150: ".637", 300: ".703", 600: ".751", 900: ".780", 1_500: ".794"]
        let lines = (full[.all]?.steps ?? []).enumerated().map { index, step -> [String] in
            func f1(_ curves: [LearningLoop.Mode: Curve], _ mode: LearningLoop.Mode) -> String {
                ModelBenchmark.number(curves[mode]?.steps[index].f1)
            }
            let corrected = full[.corrections]?.steps[index]
            return [
                "\(step.items)", f1(full, .all), ModelBenchmark.number(step.ece), f1(full, .noisy),
                "\(ModelBenchmark.number(corrected?.f1)) (\(corrected?.items ?? 0))", f1(small, .all),
                reference[step.items] ?? "",
            ]
        }
        return """
            ## The loop learns: answers to NLBSE'24's training rows, judged on the test rows

            \(ModelBenchmark.table(
                [
                    "answers", "full recipe", "ECE", "a tenth wrong", "wrong predictions only (answers)", "small recipe",
                    "reference, small",
                ], lines))

            Three orders, batches of \(LearningLoop.batch), no base model. Full recipe: \(summary(full)). Small recipe:
            \(summary(small)). "Frozen" is the model of the first \(LearningLoop.batch) answers: .637 in the reference. The
            full recipe gains less over its own, because that one is already better.
            """
    }
}
