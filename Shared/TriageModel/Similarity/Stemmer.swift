/// Cuts English endings, so that "crashes", "crashed" and "crashing" are one term.
///
/// The inflections of Porter's first step (1980), then a silent e: the derivations of his later steps ("relation",
/// "relate") gave nothing on the three sets of duplicates. Words of other languages keep their ends but for a final s
/// or e.
enum Stemmer {
    /// The hash of the stem of `bytes[start..<end]`, lower-cased.
    @inline(__always) static func stem(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> UInt64 {
        var word = Word(bytes: bytes, start: start, end: end)
        word.cutApostrophes()
        if word.count > 2 {
            word.cutPlural()
            word.cutParticiple()
            word.cutVowel()
        }
        return word.hash()
    }

    private struct Word {
        let bytes: UnsafeBufferPointer<UInt8>
        var start: Int
        var end: Int
        var endsWithI = false

        var count: Int { end - start }

        @inline(__always) func byte(fromEnd distance: Int) -> UInt8 { lowered(bytes[end - distance]) }

        @inline(__always) func ends(_ suffix: StaticString) -> Bool {
            let length = suffix.utf8CodeUnitCount
            guard count > length else { return false }
            for index in 0..<length where lowered(bytes[end - length + index]) != suffix.utf8Start[index] {
                return false
            }
            return true
        }

        func isVowel(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"), UInt8(ascii: "u"),
                UInt8(ascii: "y"):
                true
            default: false
            }
        }

        /// Whether there is a vowel before the last `cut` bytes.
        func hasVowel(without cut: Int) -> Bool {
            guard start < end - cut else { return false }
            for index in start..<(end - cut) where isVowel(lowered(bytes[index])) { return true }
            return false
        }

        mutating func cutApostrophes() {
            if ends("'s") { end -= 2 }
            while count > 1, bytes[end - 1] == UInt8(ascii: "'") { end -= 1 }
            while count > 1, bytes[start] == UInt8(ascii: "'") { start += 1 }
        }

        mutating func cutPlural() {
            guard byte(fromEnd: 1) == UInt8(ascii: "s") else { return }
            if ends("sses") {
                end -= 2
            } else if ends("ies") {
                end -= count > 4 ? 2 : 1
            } else if byte(fromEnd: 2) != UInt8(ascii: "s"), byte(fromEnd: 2) != UInt8(ascii: "u"), hasVowel(without: 2)
            {
                end -= 1
            }
        }

        mutating func cutParticiple() {
            if ends("eed") { return }
            let cut = ends("ed") ? 2 : ends("ing") ? 3 : 0
            guard cut > 0, hasVowel(without: cut) else { return }
            end -= cut
            guard count > 2 else { return }
            // "running" and "run" meet, "falling" and "fall" too.
            let last = byte(fromEnd: 1)
            let keepsTwo = last == UInt8(ascii: "l") || last == UInt8(ascii: "s") || last == UInt8(ascii: "z")
            if last == byte(fromEnd: 2), !isVowel(last), !keepsTwo { end -= 1 }
        }

        mutating func cutVowel() {
            guard count > 2 else { return }
            if byte(fromEnd: 1) == UInt8(ascii: "y"), !isVowel(byte(fromEnd: 2)) {
                endsWithI = true
            } else if byte(fromEnd: 1) == UInt8(ascii: "e"), count > 3 {
                end -= 1
            }
        }

        func hash() -> UInt64 {
            var hash = FeatureHash.seed
            for index in start..<(endsWithI ? end - 1 : end) {
                hash = FeatureHash.adding(lowered(bytes[index]), to: hash)
            }
            return endsWithI ? FeatureHash.adding(UInt8(ascii: "i"), to: hash) : hash
        }
    }
}
