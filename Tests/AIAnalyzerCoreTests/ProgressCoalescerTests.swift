import AIAnalyzerCore
import Contracts
import Testing

/// When what a model writes is told.
@Suite struct ProgressCoalescerTests {
    private typealias Emission = ProgressCoalescer.Emission

    @Test func `the first text is told at once, the next with what came meanwhile after the interval`() throws {
        let coalescer = Subject()
        let run = try #require(coalescer.begin(Identifier(), now: .zero))
        let first = try #require(coalescer.append("a", to: run, now: .milliseconds(5)))
        #expect(first.text == "a" && first.number == 1 && first.characters == 1)
        coalescer.settle(first)
        #expect(coalescer.append("b", to: run, now: .milliseconds(6)) == nil)
        #expect(coalescer.append("c", to: run, now: .milliseconds(104)) == nil)
        #expect(coalescer.nextDue == .milliseconds(105))
        #expect(coalescer.due(now: .milliseconds(104)).isEmpty)
        #expect(coalescer.due(now: .milliseconds(105)).map(\.text) == ["abc"])
        #expect(coalescer.nextDue == nil)
    }

    @Test func `nothing is told before the event before it is settled`() throws {
        let coalescer = Subject()
        let run = try #require(coalescer.begin(Identifier(), now: .zero))
        let first = try #require(coalescer.append("a", to: run, now: .zero))
        #expect(coalescer.append("b", to: run, now: .seconds(5)) == nil)
        #expect(coalescer.nextDue == nil)
        #expect(coalescer.due(now: .seconds(5)).isEmpty)
        coalescer.settle(first)
        #expect(coalescer.due(now: .seconds(5)).map(\.text) == ["ab"])
    }

    @Test func `a finished analysis tells nothing more, whatever still comes`() throws {
        let coalescer = Subject()
        let run = try #require(coalescer.begin(Identifier(), now: .zero))
        let first = try #require(coalescer.append("a", to: run, now: .zero))
        #expect(coalescer.append("b", to: run, now: .zero) == nil)
        coalescer.finish(run)
        coalescer.settle(first)
        #expect(coalescer.append("c", to: run, now: .seconds(1)) == nil)
        #expect(coalescer.due(now: .seconds(1)).isEmpty)
        #expect(coalescer.count == 0)
    }

    @Test func `a second analysis of a task silences the first and keeps the interval`() throws {
        let coalescer = Subject()
        let task = Identifier()
        let old = try #require(coalescer.begin(task, now: .zero))
        let told = try #require(coalescer.append("old", to: old, now: .zero))
        let new = try #require(coalescer.begin(task, now: .zero))
        coalescer.settle(told)
        #expect(coalescer.append("old", to: old, now: .milliseconds(50)) == nil)
        #expect(coalescer.append("new", to: new, now: .milliseconds(50)) == nil)
        #expect(coalescer.due(now: .milliseconds(100)).map(\.text) == ["new"])
    }

    @Test func `another attempt starts with an empty text and goes on counting`() throws {
        let coalescer = Subject()
        let run = try #require(coalescer.begin(Identifier(), now: .zero))
        coalescer.settle(try #require(coalescer.append("wrong", to: run, now: .zero)))
        coalescer.restart(run)
        let second = try #require(coalescer.append("right", to: run, now: .seconds(1)))
        #expect(second.text == "right" && second.number == 2 && second.characters == 5)
    }

    @Test func `of a long text the end is told, within the bound`() throws {
        let coalescer = Subject(limits: .init(characters: 10))
        let run = try #require(coalescer.begin(Identifier(), now: .zero))
        for _ in 0..<100 { _ = coalescer.append("ä🛒x", to: run, now: .zero).map { coalescer.settle($0) } }
        _ = coalescer.append("\0", to: run, now: .zero)
        let last = try #require(coalescer.due(now: .seconds(1)).first)
        #expect(last.text == "ä🛒xä🛒xä🛒x\u{FFFD}" && last.characters == 301)
    }

    @Test func `as many tasks as may be are followed, and as many events are in flight`() throws {
        let coalescer = Subject(limits: .init(tasks: 3, inFlight: 2))
        let runs = (0..<4).map { _ in coalescer.begin(Identifier(), now: .zero) }
        #expect(runs.map { $0 != nil } == [true, true, true, false])
        var emissions: [Emission] = []
        for run in runs.compactMap({ $0 }) {
            if let emission = coalescer.append("x", to: run, now: .zero) { emissions.append(emission) }
        }
        #expect(emissions.count == 2)
        #expect(coalescer.nextDue == nil)
        coalescer.settle(emissions[0])
        #expect(coalescer.due(now: .zero).count == 1)
    }

    /// Any order of calls, with a broker that settles whenever it likes.
    @Test func `whatever happens, no task is told of more than ten times in any second, and never after its end`() {
        for seed in 0..<500 {
            var generator = SeededNumbers(seed: UInt64(seed))
            var history = History(seed: seed, generator: generator.next())
            for _ in 0..<400 { history.step() }
            #expect(history.fault == nil, "seed \(seed): \(history.fault ?? "")")
            #expect(history.told > 0, "seed \(seed)")
        }
    }
}

/// The coalescer behind a reference, as `#expect` can't call what changes a value.
private final class Subject {
    private var coalescer: ProgressCoalescer
    init(limits: ProgressCoalescer.Limits = .init()) { coalescer = ProgressCoalescer(limits: limits) }
    var count: Int { coalescer.count }
    var nextDue: Duration? { coalescer.nextDue }
    func begin(_ task: Identifier, now: Duration) -> ProgressCoalescer.Run? { coalescer.begin(task, now: now) }
    func restart(_ run: ProgressCoalescer.Run) { coalescer.restart(run) }
    func finish(_ run: ProgressCoalescer.Run) { coalescer.finish(run) }
    func settle(_ emission: ProgressCoalescer.Emission) { coalescer.settle(emission) }
    func due(now: Duration) -> [ProgressCoalescer.Emission] { coalescer.due(now: now) }
    func append(_ text: String, to run: ProgressCoalescer.Run, now: Duration) -> ProgressCoalescer.Emission? {
        coalescer.append(text, to: run, now: now)
    }
}

/// A random life of a coalescer, with what must hold checked at each step.
private struct History {
    private var coalescer = ProgressCoalescer(limits: .init(tasks: 4, inFlight: 3, characters: 20))
    private var generator: SeededNumbers
    private let tasks = (0..<6).map { _ in Identifier() }
    private var now = Duration.zero
    private var runs: [ProgressCoalescer.Run] = []
    private var written: [ProgressCoalescer.Run: String] = [:]
    private var inFlight: [ProgressCoalescer.Emission] = []
    private var times: [Identifier: [Duration]] = [:]
    private var numbers: [ProgressCoalescer.Run: Int] = [:]
    private(set) var told = 0
    private(set) var fault: String?

    init(seed: Int, generator: UInt64) { self.generator = SeededNumbers(seed: generator) }

    mutating func step() {
        now += .milliseconds(Int.random(in: 0...30, using: &generator))
        switch Int.random(in: 0..<12, using: &generator) {
        case 0:
            let task = tasks.randomElement(using: &generator) ?? tasks[0]
            guard let run = coalescer.begin(task, now: now) else { return }
            runs.removeAll { $0.task == task }
            runs.append(run)
            written[run] = ""
        case 1:
            guard let run = runs.randomElement(using: &generator) else { return }
            runs.removeAll { $0 == run }
            coalescer.finish(run)
        case 2...3:
            guard !inFlight.isEmpty else { return }
            coalescer.settle(inFlight.remove(at: Int.random(in: 0..<inFlight.count, using: &generator)))
        case 4...5: for emission in coalescer.due(now: now) { check(emission) }
        default:
            // Also to runs that are over.
            guard let run = written.keys.sorted(by: { $0.number < $1.number }).randomElement(using: &generator)
            else { return }
            let text = String(Int.random(in: 0...999, using: &generator))
            written[run, default: ""] += text
            if let emission = coalescer.append(text, to: run, now: now) { check(emission) }
        }
        if coalescer.count > 4 { fault = "too many are followed" }
        if inFlight.count > 3 { fault = "too many are in flight" }
    }

    private mutating func check(_ emission: ProgressCoalescer.Emission) {
        told += 1
        let run = emission.run
        if !runs.contains(run) { fault = "told after its end" }
        if inFlight.contains(where: { $0.run == run }) { fault = "told before the last was settled" }
        if emission.text != String((written[run] ?? "").suffix(20)) { fault = "not what was written" }
        if emission.number != numbers[run, default: 0] + 1 { fault = "miscounted" }
        numbers[run] = emission.number
        times[run.task, default: []].append(now)
        let lastSecond = times[run.task, default: []].count { now - $0 < .seconds(1) }
        if lastSecond > 10 { fault = "\(lastSecond) in a second" }
        inFlight.append(emission)
    }
}

/// Reproducible numbers (SplitMix64).
private struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
