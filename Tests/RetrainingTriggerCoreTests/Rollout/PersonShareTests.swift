import RetrainingTriggerCore
import Testing

/// How much of a rollout one person decides.
@Suite struct PersonShareTests {
    @Test func `ten answers of each count, and half of all from then on`() {
        #expect((0..<10).allSatisfy { PersonShare.allows(own: $0, of: $0) })
        #expect(!PersonShare.allows(own: 10, of: 10))
        #expect(!PersonShare.allows(own: 10, of: 20))
        #expect(PersonShare.allows(own: 10, of: 21))
    }

    @Test func `whatever the order, nobody past ten has more than half`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var (own, all) = (0, 0)
            for _ in 0..<300 {
                let isOwn = Bool.random(using: &random) || Bool.random(using: &random)
                if !isOwn { all += 1 } else if PersonShare.allows(own: own, of: all) { (own, all) = (own + 1, all + 1) }
            }
            #expect(own <= 10 || 2 * own <= all + 1)
        }
    }
}
