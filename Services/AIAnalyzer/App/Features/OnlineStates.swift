import FeatureStore
import Synchronization

/// The states of entities in memory, bounded: the least lately used go first, roughly.
///
/// Two generations: what is used moves to the young one; when that is full, it becomes the old one, and what was in the old
/// one is forgotten. A forgotten state is read again from the database, to the same values.
final class OnlineStates: Sendable {
    /// A state, and up to where the database has it too.
    struct Entry: Sendable {
        var state = EntityState()
        var checkpoint: Int64 = 0
    }

    private struct Generations {
        var young: [FeatureKey: Entry] = [:]
        var old: [FeatureKey: Entry] = [:]
    }

    private let capacity: Int
    private let generations = Mutex(Generations())

    /// - Parameter capacity: states that are kept, at most.
    init(capacity: Int) { self.capacity = capacity }

    var count: Int { generations.withLock { $0.young.count + $0.old.count } }

    /// What there is of these.
    func entries(of keys: [FeatureKey]) -> [FeatureKey: Entry] {
        generations.withLock { generations in
            var found: [FeatureKey: Entry] = [:]
            for key in keys { found[key] = generations.young[key] ?? generations.old[key] }
            return found
        }
    }

    /// Keeps these, unless what is there has seen more.
    func keep(_ entries: [FeatureKey: Entry]) {
        generations.withLock { generations in
            for (key, var entry) in entries {
                if let known = generations.young[key] ?? generations.old[key] {
                    if known.state.version > entry.state.version { continue }
                    entry.checkpoint = max(entry.checkpoint, known.checkpoint)
                }
                if generations.young[key] == nil, generations.young.count >= max(1, capacity / 2) {
                    generations.old = generations.young
                    generations.young = [:]
                }
                generations.young[key] = entry
            }
        }
    }
}
