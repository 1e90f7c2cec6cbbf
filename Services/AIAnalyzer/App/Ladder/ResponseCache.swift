import AIAnalyzerProviders
import Crypto
import FoundationEssentials
import Synchronization

/// Answers of one provider version by content, in memory and bounded.
///
/// Two generations instead of a list by age: when the young one is full it becomes the old one, and what wasn't asked for
/// meanwhile goes with the generation before.
final class ResponseCache: Sendable {
    /// Of everything that an answer depends on, and the tenant.
    struct Key: Hashable, Sendable {
        private let digest: SHA256Digest

        init(_ request: ProviderRequest, tenant: String) {
            var hash = SHA256()
            func add(_ texts: [String]) {
                // Lengths between them, so that no two lists run together to the same bytes.
                hash.update(data: Data("[\(texts.count)".utf8))
                for text in texts {
                    hash.update(data: Data("\(text.utf8.count):".utf8))
                    hash.update(data: Data(text.utf8))
                }
            }
            add([tenant, request.project, request.title, request.body])
            add(request.choices.categories)
            add(request.choices.priorities)
            add(request.choices.labels)
            add([String(request.choices.labelsVersion)])
            add(request.choices.meanings.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] })
            add(request.choices.effort.map { ["\($0.lowerBound)", "\($0.upperBound)"] } ?? [])
            digest = hash.finalize()
        }
    }

    private struct State {
        var young: [Key: ProviderAnswer] = [:]
        var old: [Key: ProviderAnswer] = [:]

        mutating func keep(_ answer: ProviderAnswer, _ key: Key, _ generation: Int) {
            if young.count >= generation, young[key] == nil {
                old = young
                young = [:]
            }
            young[key] = answer
        }
    }

    private let generation: Int
    private let state = Mutex(State())

    /// - Parameter capacity: answers that are kept at most, up to one more; 0 for none.
    init(capacity: Int) { generation = (capacity + 1) / 2 }

    func answer(_ key: Key) -> ProviderAnswer? {
        guard generation > 0 else { return nil }
        return state.withLock { state in
            if let answer = state.young[key] { return answer }
            guard let answer = state.old[key] else { return nil }
            state.keep(answer, key, generation)
            return answer
        }
    }

    func keep(_ answer: ProviderAnswer, for key: Key) {
        if generation > 0 { state.withLock { $0.keep(answer, key, generation) } }
    }

    var count: Int { state.withLock { $0.young.count + $0.old.count } }
}
