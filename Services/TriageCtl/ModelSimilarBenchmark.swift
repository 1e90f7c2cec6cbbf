import ArgumentParser
import Foundation
import TriageModel

/// Times the similarity index on many tasks mixed from real ones; the driver is `Tests/Benchmarks/similarity`.
struct ModelSimilarBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark-similar", abstract: "Times the similarity index on mixed tasks.", shouldDisplay: false)

    @Option(help: "JSON lines of grouped tasks whose texts are mixed.")
    var data: [String]
    @Option(help: "Tasks in the index.")
    var tasks = 100_000
    @Option(help: "Queries that are timed.")
    var queries = 2_000
    @Option(help: "File for the snapshot; it is removed afterwards.")
    var snapshot: String

    /// What is printed, as JSON; all times are processor times of one thread.
    struct Result: Encodable {
        let tasks: Int
        let terms: Int
        let addMicroseconds: Double
        let queryP50Microseconds: Double
        let queryP99Microseconds: Double
        let foundItself: Double
        let indexBytes: Int
        let residentBytesPerTask: Int
        let snapshotBytes: Int
        let writeMilliseconds: Double
        let loadMilliseconds: Double
        let rebuildMilliseconds: Double
        let sameAfterLoad: Bool
    }

    func run() throws {
        var mixer = TaskMixer(try data.flatMap { try ModelEvaluateSimilar.rows($0).map(\.text) })
        let texts = (0..<tasks).map { _ in mixer.next() }
        let ids = texts.map { _ in UUID() }
        let resident = Self.residentBytes()
        var index = SimilarityIndex(capacity: tasks)
        let start = Self.processorMicroseconds()
        for (id, text) in zip(ids, texts) { index.add(id: id, scope: "bench", title: text.title, text: text) }
        let adding = Self.processorMicroseconds() - start
        let grown = Self.residentBytes() - resident
        let asked = (0..<queries).map { ($0 &* 7_919) % tasks }
        var times: [Double] = []
        var found: [[SimilarTask]] = []
        for place in asked {
            let began = Self.processorMicroseconds()
            let similar = index.query(texts[place], scope: "bench", excluding: ids[place], limit: 10)
            times.append(Self.processorMicroseconds() - began)
            found.append(similar)
        }
        times.sort()
        let itself = asked.count { place in
            index.query(texts[place], scope: "bench", excluding: nil, limit: 1).first?.id == ids[place]
        }
        let began = Self.processorMicroseconds()
        try index.write(to: snapshot)
        let written = Self.processorMicroseconds()
        var loaded = try SimilarityIndex.load(path: snapshot, capacity: tasks)
        let read = Self.processorMicroseconds()
        let size = try FileManager.default.attributesOfItem(atPath: snapshot)[.size] as? Int ?? 0
        try FileManager.default.removeItem(atPath: snapshot)
        let same = zip(asked, found).allSatisfy { place, similar in
            loaded.query(texts[place], scope: "bench", excluding: ids[place], limit: 10) == similar
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let result = Result(
            tasks: index.count, terms: index.termCount,
            addMicroseconds: adding / Double(tasks),
            queryP50Microseconds: times[times.count / 2], queryP99Microseconds: times[times.count * 99 / 100],
            foundItself: Double(itself) / Double(asked.count), indexBytes: index.memoryBytes,
            residentBytesPerTask: grown / tasks, snapshotBytes: size,
            writeMilliseconds: (written - began) / 1_000, loadMilliseconds: (read - written) / 1_000,
            rebuildMilliseconds: adding / 1_000, sameAfterLoad: same)
        print(String(decoding: try encoder.encode(result), as: UTF8.self))
    }

    /// Processor time of this thread: other programs on the machine don't count.
    private static func processorMicroseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }

    /// Bytes of this process in memory; 0 where the system does not say.
    private static func residentBytes() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4_096 : 0
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
    private mutating func random(_ limit: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ (mixed >> 31)) % UInt64(max(1, limit)))
    }
}
