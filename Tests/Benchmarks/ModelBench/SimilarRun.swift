import ArgumentParser
import Foundation
import TriageModel

/// Recall on sets of duplicates, then the times and the memory of an index of many tasks mixed from theirs.
struct SimilarRun: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "similar", abstract: "Measures the similarity index.")

    @Option(help: "NAME=FILE of JSON lines with title, body, group and split; again for each set.")
    var rows: [String]
    @Option(help: "Tasks in the index.")
    var tasks = 100_000
    @Option(help: "Queries that are timed.")
    var queries = 2_000
    @Option(help: "File for the snapshot; it is removed afterwards.")
    var snapshot: String

    /// A row of a set.
    private struct Row: Decodable {
        let title: String
        let body: String?
        let group: String
        let split: String
    }

    func run() throws {
        var values: [String: Double] = [:]
        var texts: [TaskText] = []
        for set in rows {
            let parts = set.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw ValidationError("\(set) is not NAME=FILE") }
            let decoder = JSONDecoder()
            let tasks = try Data(contentsOf: URL(fileURLWithPath: parts[1])).split(separator: UInt8(ascii: "\n")).map {
                let row = try decoder.decode(Row.self, from: $0)
                let text = TaskText(project: parts[0], title: row.title, body: row.body ?? "")
                return GroupedTask(text: text, group: row.group, isQuery: row.split == "query")
            }
            guard let found = SimilarityEvaluator.evaluate(tasks) else { throw ValidationError("\(set): no query") }
            values["\(parts[0])_queries"] = Double(found.queries)
            values["\(parts[0])_recall_1"] = found.recallAt1
            values["\(parts[0])_recall_5"] = found.recallAt5
            values["\(parts[0])_recall_10"] = found.recallAt10
            values["\(parts[0])_recall_20"] = found.recallAt20
            values["\(parts[0])_mrr_100"] = found.reciprocalRankAt100
            if let sure = found.thresholds.first(where: { $0.score == SimilarTask.duplicateScore }) {
                values["\(parts[0])_probable_duplicates"] = Double(sure.tasks)
                values["\(parts[0])_probable_duplicates_precision"] = sure.precision
            }
            texts += tasks.map(\.text)
        }
        values.merge(try index(texts)) { $1 }
        values["embedded_query_p50_cpu_us"] = embedded(texts)
        try printJSON(values)
    }

    /// Median microseconds of a query when every task has a vector of 384 numbers.
    private func embedded(_ sources: [TaskText]) -> Double {
        var mixer = TaskMixer(sources)
        var index = SimilarityIndex(capacity: tasks)
        var asked: [(TaskText, TextEmbedding?)] = []
        for place in 0..<tasks {
            let text = mixer.next()
            let vector = TextEmbedding((0..<384).map { _ in Float(mixer.random(2_001)) - 1_000 }, model: "bench")
            index.add(id: UUID(), scope: "bench", title: text.title, text: text, embedding: vector)
            if place % (tasks / min(tasks, 500)) == 0 { asked.append((text, vector)) }
        }
        let times = asked.map { text, vector in
            Stopwatch.time {
                _ = index.query(text, scope: "bench", excluding: nil, limit: 10, embedding: vector)
            }.cpu
        }.sorted()
        return times[times.count / 2] * 1e6
    }

    /// Times by the wall and of the processor: the machine may be shared.
    private func index(_ sources: [TaskText]) throws -> [String: Double] {
        var mixer = TaskMixer(sources)
        let texts = (0..<tasks).map { _ in mixer.next() }
        let ids = texts.map { _ in UUID() }
        var index = SimilarityIndex(capacity: tasks)
        let added = Stopwatch.time {
            for (id, text) in zip(ids, texts) { index.add(id: id, scope: "bench", title: text.title, text: text) }
        }
        let asked = (0..<queries).map { ($0 &* 7_919) % tasks }
        func ask(_ index: inout SimilarityIndex, _ place: Int) -> [SimilarTask] {
            index.query(texts[place], scope: "bench", excluding: ids[place], limit: 10)
        }
        var found: [[SimilarTask]] = []
        let times = asked.map { place in
            Stopwatch.time { found.append(ask(&index, place)) }
        }
        let wall = times.map(\.wall).sorted()
        let cpu = times.map(\.cpu).sorted()
        let itself = asked.count { place in
            index.query(texts[place], scope: "bench", excluding: nil, limit: 1).first?.id == ids[place]
        }
        let written = try Stopwatch.time { try index.write(to: snapshot) }
        var loaded = SimilarityIndex(capacity: 1)
        let read = try Stopwatch.time { loaded = try SimilarityIndex.load(path: snapshot, capacity: tasks) }
        let size = try Data(contentsOf: URL(fileURLWithPath: snapshot)).count
        try FileManager.default.removeItem(atPath: snapshot)
        let same = zip(asked, found).allSatisfy { place, similar in ask(&loaded, place) == similar }
        let count = Double(tasks)
        return [
            "tasks": Double(index.count), "terms": Double(index.termCount), "add_cpu_us": added.cpu * 1e6 / count,
            "query_p50_wall_us": wall[wall.count / 2] * 1e6, "query_p99_wall_us": wall[wall.count * 99 / 100] * 1e6,
            "query_p50_cpu_us": cpu[cpu.count / 2] * 1e6, "query_p99_cpu_us": cpu[cpu.count * 99 / 100] * 1e6,
            "found_itself": Double(itself) / Double(asked.count), "index_bytes": Double(index.memoryBytes),
            "bytes_per_task": Double(index.memoryBytes) / count, "snapshot_bytes": Double(size),
            "write_cpu_ms": written.cpu * 1e3, "load_cpu_ms": read.cpu * 1e3, "rebuild_cpu_ms": added.cpu * 1e3,
            "load_ratio": added.cpu / read.cpu, "same_after_load": same ? 1 : 0,
        ]
    }
}

/// Makes new tasks of real ones: the title of one with words of another, half of each body.
struct TaskMixer {
    private let titles: [[Substring]]
    private let bodies: [[Substring]]
    private var state: UInt64 = 42

    init(_ texts: [TaskText]) {
        titles = texts.map { $0.title.split(separator: " ") }
        bodies = texts.map { $0.body.prefix(4_000).split(separator: " ") }
    }

    mutating func next() -> TaskText {
        let first = random(titles.count)
        let second = random(titles.count)
        var title = titles[first]
        for place in title.indices where random(3) == 0 {
            if let word = titles[second].isEmpty ? nil : titles[second][random(titles[second].count)] {
                title[place] = word
            }
        }
        let body = bodies[first].prefix(bodies[first].count / 2) + bodies[second].suffix(bodies[second].count / 2)
        return TaskText(project: "bench", title: title.joined(separator: " "), body: body.joined(separator: " "))
    }

    /// A number below `limit`; splitmix64.
    mutating func random(_ limit: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ (mixed >> 31)) % UInt64(max(1, limit)))
    }
}
