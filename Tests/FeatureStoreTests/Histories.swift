import FeatureStore
import Foundation

/// Numbers that a seed gives, the same on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Histories made up from a seed: late arrivals, clocks that are ahead, judgements before their task, long silences.
enum Histories {
    static let start: Int64 = 1_790_000_000_000_000
    static let day: Int64 = 86_400_000_000

    static func make(seed: UInt64, count: Int, days: Int64 = 400) -> [HistoryEvent] {
        var random = SeededGenerator(seed: seed)
        var times = (0..<count).map { _ in start + Int64.random(in: 0..<(days * day), using: &random) }
        times.sort()
        var tasks: [(id: UUID, createdAt: Int64)] = []
        return times.indices.map { index in
            let written = times[index]
            let lateness =
                [
                    0, 0, 0, Int64.random(in: 0..<day, using: &random),
                    Int64.random(in: 0..<(220 * day), using: &random), -3 * day,
                ]
                .randomElement(using: &random) ?? 0
            let kind = HistoryEvent.Kind.allCases.randomElement(using: &random) ?? .created
            if kind == .created || tasks.isEmpty || Bool.random(using: &random) {
                tasks.append((uuid(&random), written - lateness))
            }
            let task = kind == .created ? tasks[tasks.count - 1] : tasks.randomElement(using: &random) ?? tasks[0]
            return HistoryEvent(
                version: Int64(index + 1), kind: kind, taskID: task.id, taskCreatedAt: task.createdAt,
                eventTime: kind == .created ? task.createdAt : written - lateness, writtenAt: written,
                category: kind == .judged
                    ? ["bug", "feature", "question", "chore", nil].randomElement(using: &random) ?? nil : nil,
                priority: kind == .judged ? ["high", "medium", "low", nil].randomElement(using: &random) ?? nil : nil,
                effort: kind == .judged ? [100, 250, 1_300, nil].randomElement(using: &random) ?? nil : nil,
                corrected: kind == .judged ? Int16.random(in: 0...1, using: &random) : 0)
        }
    }

    private static func uuid(_ random: inout SeededGenerator) -> UUID {
        func bytes(_ word: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        let all = bytes(random.next()) + bytes(random.next())
        return UUID(
            uuid: (
                all[0], all[1], all[2], all[3], all[4], all[5], all[6], all[7], all[8], all[9], all[10], all[11],
                all[12], all[13], all[14], all[15]
            ))
    }

    /// The state after all of them.
    static func state(_ events: [HistoryEvent]) -> EntityState {
        var state = EntityState()
        for event in events { state.fold(event) }
        return state
    }

    /// All values that a history gives to a task of neither words nor anything else.
    static func values(_ view: HistoryView, at time: Int64) -> [String: Int32] {
        let input = FeatureInput(at: time, text: TextStatistics(), user: view, project: view)
        var values: [String: Int32] = [:]
        for definition in FeatureSet.current.definitions where definition.entity == .user {
            values[String(definition.name.dropFirst("user:".count))] = definition.value(input)
        }
        return values
    }
}
