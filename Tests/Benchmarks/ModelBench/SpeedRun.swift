import ArgumentParser
import Foundation
import TriageModel

/// Times predictions, training and loading, by the wall clock and by this process's CPU time.
struct SpeedRun: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "speed", abstract: "Times the model.")

    @Option(help: "JSON lines with label and split; predictions are of the test rows, training is on the train rows.")
    var rows: String
    @Option(help: "Artifact file; without it the base model.")
    var model: String?
    @Option(help: "Passes over the test rows; each task counts with its fastest.")
    var passes = 5

    func run() throws {
        let rows = try BenchRow.read(rows)
        var values: [String: Double] = [:]
        let loading = try (0..<9).map { _ in try Stopwatch.time { _ = try loadModel(model) } }
        values["load_wall_ms"] = loading.map(\.wall).sorted()[4] * 1e3
        values["load_cpu_ms"] = loading.map(\.cpu).sorted()[4] * 1e3
        let served = try loadModel(model)
        let texts = rows.filter { $0.split == "test" }.map(\.task.text)
        values["texts"] = Double(texts.count)
        for explains in [false, true] {
            let name = explains ? "reasons" : "plain"
            let times = predictionTimes(served, texts, explains: explains)
            for (clock, sorted) in [("wall", times.map(\.wall).sorted()), ("cpu", times.map(\.cpu).sorted())] {
                values["\(name)_\(clock)_p50_us"] = sorted[sorted.count / 2] * 1e6
                values["\(name)_\(clock)_p99_us"] = sorted[sorted.count * 99 / 100] * 1e6
            }
        }
        let training = rows.filter { $0.split == "train" }.map(\.task)
        let options = TrainingOptions(version: "bench", createdAt: Date(timeIntervalSince1970: 0))
        let trained = try Stopwatch.time { _ = try Trainer.train(training, base: nil, options: options) }
        values["train_rows"] = Double(training.count)
        values["train_wall_s"] = trained.wall
        values["train_cpu_s"] = trained.cpu
        try printJSON(values)
    }

    private func predictionTimes(_ model: TriageModel, _ texts: [TaskText], explains: Bool) -> [Stopwatch] {
        var scratch = FeatureScratch()
        var best = [Stopwatch](repeating: Stopwatch(wall: .infinity, cpu: .infinity), count: texts.count)
        for _ in 0..<passes {
            for (index, text) in texts.enumerated() {
                let time = Stopwatch.time { _ = model.predict(text, scratch: &scratch, explains: explains) }
                best[index].wall = min(best[index].wall, time.wall)
                best[index].cpu = min(best[index].cpu, time.cpu)
            }
        }
        return best
    }
}

/// How long something took, in seconds.
struct Stopwatch {
    var wall: Double
    /// Of all threads of this process, so that other processes don't count.
    var cpu: Double

    static func time(_ body: () throws -> Void) rethrows -> Stopwatch {
        let wall = now(CLOCK_MONOTONIC)
        let cpu = now(CLOCK_PROCESS_CPUTIME_ID)
        try body()
        return Stopwatch(wall: now(CLOCK_MONOTONIC) - wall, cpu: now(CLOCK_PROCESS_CPUTIME_ID) - cpu)
    }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
