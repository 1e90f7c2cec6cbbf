import FoundationEssentials
import Rollout
import Testing

/// Two variants by these weights and nothing else.
func splitTable(
    _ weights: [String: Int] = ["stable": 9_000, "next": 1_000], experiment: String = "next-2026-11",
    earlier: [[String: Int]] = [], assignment: Split.Assignment = .hash
) throws -> RoutingTable {
    try RoutingTable(
        name: "triage-model",
        variants: Dictionary(uniqueKeysWithValues: weights.keys.map { ($0, RouteVariant(provider: $0)) }),
        otherwise: Route(
            .split(Split(experiment: experiment, weights: weights, earlier: earlier, assignment: assignment))))
}

/// The table that `docs` show.
func exampleTable() throws -> RoutingTable {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    return try RoutingTable(json: Array(Data(contentsOf: URL(fileURLWithPath: "\(root)/docs/examples/routes.json"))))
}

/// Numbers that follow from their seed (xorshift64*).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

/// Records what went wrong, from a loop that ends with it.
func fail(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
    Issue.record("\(text)", sourceLocation: sourceLocation)
}
