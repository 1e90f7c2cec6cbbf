import TaskAPICore
import Testing

@Suite struct DriftTests {
    @Test func `what hasn't moved is near nothing, and what has is not`() throws {
        let before = ["bug": 500, "feature": 300, "question": 200]
        let same = try #require(
            Drift.stabilityIndex(now: ["bug": 251, "feature": 149, "question": 100], before: before))
        #expect((0..<0.001).contains(same))
        let moved = try #require(
            Drift.stabilityIndex(now: ["bug": 100, "feature": 300, "question": 100], before: before))
        #expect(moved > 0.25)
        // By hand: (.2-.5)ln(.2/.5) + (.6-.3)ln(.6/.3) + (.2-.2)ln 1 = .2749 + .2079, smoothed a little.
        #expect(abs(moved - 0.4828) < 0.01)
        let new = try #require(Drift.stabilityIndex(now: ["crash": 500], before: before))
        #expect(new.isFinite && new > 3)
    }

    @Test func `few tasks say nothing`() {
        #expect(Drift.stabilityIndex(now: ["bug": 99], before: ["bug": 1_000]) == nil)
        #expect(Drift.stabilityIndex(now: ["bug": 1_000], before: [:]) == nil)
    }
}
