import Contracts
import TaskAPICore
import Testing

@Suite struct CursorTests {
    private static let id = "01a205bd-3c4c-7f81-9796-4add9a31a877"
    private static let end = ".00000000000000ff"

    @Test(arguments: [
        "", "n.", "x", id, "t.\(id)", "n.\(id)", "n.\(id).ff", "n.\(id).00000000000000fg", "n.\(id).\(id)\(end)",
        "x.\(id)\(end)", "r.\(id)\(end)", "r.\(id).3f80000.\(id)\(end)", "r.\(id).ff800000.\(id)\(end)",
        "r.\(id).7fc00000.\(id)\(end)", "n.\(id)\(end)\n", "n..\(id)\(end)",
    ])
    func `a cursor that was not issued is none`(text: String) { #expect(Cursor(text) == nil) }

    @Test func `a cursor reads what it wrote, and its pattern takes it`() throws {
        let places: [Cursor.Place] = [
            .newest(Identifier()), .oldest(Identifier()),
            .relevance(top: Identifier(), rank: 0.0607927, last: Identifier()),
            .relevance(top: Identifier(), rank: 0, last: Identifier()),
        ]
        let pattern = try Regex(Cursor.pattern)
        for place in places {
            let cursor = Cursor(place, query: Cursor.fingerprint(["a", nil]))
            #expect(Cursor(cursor.text) == cursor)
            #expect(cursor.text.wholeMatch(of: pattern) != nil, "\(cursor.text)")
        }
    }

    @Test func `queries that differ in anything have different fingerprints`() {
        let queries: [[String?]] = [
            ["a", nil], [nil, "a"], ["a", ""], ["", "a"], [nil, nil], ["", ""], ["a"], ["ab", nil], ["a", "b"],
        ]
        #expect(Set(queries.map { Cursor.fingerprint($0) }).count == queries.count)
    }

    @Test func `a place fits its own order only`() {
        let places: [Cursor.Place] = [
            .newest(Identifier()), .oldest(Identifier()),
            .relevance(top: Identifier(), rank: 1, last: Identifier()),
        ]
        for (index, place) in places.enumerated() {
            #expect(TaskOrder.allCases.map { place.fits($0) } == places.indices.map { $0 == index })
        }
    }
}
