import Contracts
import Foundation
import RetrainingTriggerCore
import SpoiltData
import TriageModel

/// Answers of two successive versions to issues that neither has seen.
struct AnswerPool {
    static let base: TriageModel = {
        do {
            return try TriageModel.base()
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(1)
        }
    }()

    let tasks: [PairedTask]

    private struct Row: Decodable {
        let project: String
        let title: String
        let body: String?
        let label: String
        let split: String
    }

    /// - Parameter isFirst: the champion is the shipped model, else one that learned from two thirds as much.
    init(folder: String, isFirst: Bool) throws {
        var random = SpoiltRandom(seed: 7)
        let rows = try Self.rows(folder + "/category_nlbse24.jsonl.gz").filter { $0.split == "test" }
            .shuffled(using: &random)
        let labelled = rows.map { row in
            LabelledTask(
                id: row.title,
                text: TaskText(
                    project: row.project, title: row.title,
                    body: String(decoding: (row.body ?? "").utf8.prefix(20_000), as: UTF8.self)), category: row.label)
        }
        // 300 corrections, then 150 more: what the next training has learned from.
        let champion = isFirst ? Self.base : try Self.train(Array(labelled.prefix(300)), "champion")
        let challenger = try Self.train(Array(labelled.prefix(450)), "challenger")
        let held = labelled.dropFirst(450)
        tasks = zip(
            held, zip(champion.predict(held.map(\.text)), challenger.predict(held.map(\.text)))
        ).map { task, answers in
            PairedTask(
                group: 0, slices: [SliceName(.project, task.text.project)],
                labels: [
                    .category: PairedTask.Label(
                        truth: task.category ?? "", champion: answers.0.category?.label,
                        challenger: answers.1.category?.label,
                        championConfidence: answers.0.category?.confidence ?? 0,
                        challengerConfidence: answers.1.category?.confidence ?? 0)
                ])
        }
    }

    private static func train(_ tasks: [LabelledTask], _ version: String) throws -> TriageModel {
        var options = TrainingOptions(version: version, createdAt: Date(timeIntervalSince1970: 0), lineage: [:])
        options.doubtsAnswers = true
        return try Trainer.train(tasks, base: base, options: options) { _ in }
    }

    private var labels: [PairedTask.Label] { tasks.compactMap { $0.labels[.category] } }

    /// Share of right answers.
    var champion: Double { Double(labels.count { $0.champion == $0.truth }) / Double(labels.count) }
    var challenger: Double { Double(labels.count { $0.challenger == $0.truth }) / Double(labels.count) }
    var disagreement: Double { Double(labels.count { $0.champion != $0.challenger }) / Double(labels.count) }

    private static func rows(_ path: String) throws -> [Row] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let decoder = JSONDecoder()
        return try data.split(separator: UInt8(ascii: "\n")).map { try decoder.decode(Row.self, from: Data($0)) }
    }
}

/// Held-out sets drawn from the pool.
struct Draw {
    private let pool: AnswerPool
    private var random: SpoiltRandom
    private var drawn: UInt64 = 0

    init(_ pool: AnswerPool, seed: UInt64) {
        self.pool = pool
        // Far apart: neighbouring seeds give the same numbers one place on.
        random = SpoiltRandom(seed: seed &* 0x2545_f491_4f6c_dd1d)
    }

    /// - Parameters:
    ///   - fields: judged independently of each other.
    ///   - effect: how much better the challenger is than the champion, in share of right answers; in the first field.
    mutating func tasks(_ count: Int, fields: Int, effect: Double, project: String? = nil) -> [PairedTask] {
        (0..<count).map { _ in
            drawn += 1
            var task = pool.tasks[Int.random(in: pool.tasks.indices, using: &random)]
            // Any number, another for each task and seed: the samples' draws come from it.
            task.group = random.next()
            if let project { task.slices = [SliceName(.project, project)] }
            task.labels[.category] = label(task.labels[.category], effect)
            if fields > 1 {
                let other = pool.tasks[Int.random(in: pool.tasks.indices, using: &random)]
                task.labels[.priority] = label(other.labels[.category], 0)
            }
            return task
        }
    }

    private mutating func label(_ label: PairedTask.Label?, _ effect: Double) -> PairedTask.Label? {
        guard var label else { return nil }
        if Bool.random(using: &random) {
            swap(&label.champion, &label.challenger)
            swap(&label.championConfidence, &label.challengerConfidence)
        }
        let accuracy = (pool.champion + pool.challenger) / 2
        guard effect != 0, Double.random(in: 0..<1, using: &random) < abs(effect) / accuracy else { return label }
        let wrong = ["bug", "feature", "question"].filter { $0 != label.truth }.randomElement(using: &random)
        if effect < 0, label.challenger == label.truth { label.challenger = wrong }
        if effect > 0, label.champion == label.truth { label.champion = wrong }
        return label
    }
}
