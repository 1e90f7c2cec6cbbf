/// Words that say nothing about the subject of a task, by the hash of their lower-cased bytes.
enum StopWords {
    /// Whether the word with this hash is left out.
    @inline(__always) static func contains(_ hash: UInt64) -> Bool { table.contains(hash) }

    /// Open addressing: a set of the standard library hashes once more, which is felt at a hundred words a task.
    private struct Table: Sendable {
        private var slots = [UInt64](repeating: 0, count: 1_024)

        init(_ words: String) {
            for word in words.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
                insert(word.utf8.reduce(FeatureHash.seed) { FeatureHash.adding($1, to: $0) })
            }
        }

        private mutating func insert(_ hash: UInt64) {
            var slot = Int(truncatingIfNeeded: hash & 1_023)
            while slots[slot] != 0, slots[slot] != hash { slot = (slot + 1) & 1_023 }
            slots[slot] = hash
        }

        @inline(__always) func contains(_ hash: UInt64) -> Bool {
            var slot = Int(truncatingIfNeeded: hash & 1_023)
            while slots[slot] != 0 {
                if slots[slot] == hash { return true }
                slot = (slot + 1) & 1_023
            }
            return false
        }
    }

    private static let table = Table(
        """
        a an and are as at be been but by can cannot could did do does doesn't don't for from get had has have i if \
        in into is it it's its me my no not of on or our out please should so some than that the their them then \
        there these they this to up us was we were what when where which while who why will with would you your am \
        der die das und ist nicht ein eine zu mit auf den im le la les et est pas un une de des du el los en que
        """)
}
