/// Hashes the n-grams of each field and counts them.
struct FieldWriter {
    let layout: BucketLayout
    /// The print of each bucket's known feature; empty: every feature is known.
    let prints: UnsafeBufferPointer<UInt8>

    func write(
        title: UnsafeBufferPointer<UInt8>, body: UnsafeBufferPointer<UInt8>, _ scratch: inout FeatureScratch
    ) {
        titleGrams(&scratch)
        end(.title, &scratch)
        grams(.body, scratch.bodyTokens, 0, min(scratch.bodyTokenCount, TextLimit.bodyTokens), &scratch)
        end(.body, &scratch)
        grams(.head, scratch.headTokens, 0, headTokens(scratch), &scratch)
        end(.head, &scratch)
        for index in 0..<scratch.structureHashCount { add(scratch.structureHashes[index], .structure, &scratch) }
        end(.structure, &scratch)
        starts(&scratch)
        end(.start, &scratch)
        grams(.comment, scratch.commentTokens, 0, scratch.commentTokenCount, &scratch)
        end(.comment, &scratch)
        lines(body, &scratch)
        end(.line, &scratch)
        for index in 0..<scratch.questionCount {
            let (from, to) = scratch.questions[index]
            grams(.question, scratch.questionTokens, from, to, &scratch)
        }
        end(.question, &scratch)
        normalise(UnsafeBufferPointer(rebasing: title.prefix(TextLimit.titleCharacterBytes)), &scratch)
        characters(.titleCharacters, from: 2, to: 5, &scratch)
        end(.titleCharacters, &scratch)
        let count = min(scratch.proseCount, TextLimit.bodyCharacterBytes)
        normalise(UnsafeBufferPointer(rebasing: scratch.prose.prefix(count)), &scratch)
        characters(.bodyCharacters, from: 3, to: 5, &scratch)
        end(.bodyCharacters, &scratch)
    }

    /// Lists the first words of the body that are no code; answers how many there are.
    private func headTokens(_ scratch: borrowing FeatureScratch) -> Int {
        var count = 0
        for index in 0..<scratch.bodyTokenCount where scratch.bodyTokens[index].hash != Placeholder.code {
            scratch.headTokens[count] = scratch.bodyTokens[index]
            count &+= 1
            if count == TextLimit.headTokens { break }
        }
        return count
    }

    @inline(__always) private func add(_ hash: UInt64, _ field: TextField, _ scratch: inout FeatureScratch) {
        let mixed = FeatureHash.finished(hash ^ field.salt)
        let bucket = layout.bucket(finished: mixed, isCharacters: field.isCharacters)
        let index = Int(bucket)
        let print = BucketLayout.print(finished: mixed)
        guard prints.isEmpty || prints[index] == print else { return }
        let count = scratch.counts[index]
        if count == 0 {
            guard scratch.touchedCount < FeatureScratch.touchedCapacity else { return }
            scratch.touched[scratch.touchedCount] = bucket
            scratch.touchedPrints[scratch.touchedCount] = print
            scratch.touchedCount &+= 1
            scratch.counts[index] = 1
        } else if count < 255 {
            scratch.counts[index] = count &+ 1
        }
    }

    /// Lists the field's counted features and clears the counts.
    private func end(_ field: TextField, _ scratch: inout FeatureScratch) {
        let count = scratch.touchedCount
        scratch.touchedCount = 0
        let first = scratch.entryCount
        scratch.reserve(first + count)
        for index in 0..<count {
            let bucket = scratch.touched[index]
            let times = scratch.counts[Int(bucket)]
            scratch.counts[Int(bucket)] = 0
            scratch.entries[first &+ index] = FeatureEntry(bucket: bucket, frequency: Self.frequency(times))
            if prints.isEmpty { scratch.prints[first &+ index] = scratch.touchedPrints[index] }
        }
        scratch.entryCount = first + count
        scratch.fieldEnds[field.rawValue] = scratch.entryCount
    }

    private static let frequencies = (0..<256).map { $0 == 0 ? 0 : 1 + Float(Logarithm.natural(Double($0))) }

    @inline(__always) private static func frequency(_ times: UInt8) -> Float {
        times == 1 ? 1 : frequencies[Int(times)]
    }

    private func titleGrams(_ scratch: inout FeatureScratch) {
        let edge: UInt64 = 0x5e
        let end: UInt64 = 0x24
        let count = scratch.titleTokenCount
        func token(_ index: Int) -> UInt64 {
            index == 0 ? edge : (index == count + 1 ? end : scratch.titleTokens[index - 1].hash)
        }
        for index in 0..<(count + 2) {
            let one = token(index)
            add(one, .title, &scratch)
            guard index + 1 < count + 2 else { continue }
            let two = FeatureHash.joining(one, token(index + 1))
            add(two, .title, &scratch)
            guard index + 2 < count + 2 else { continue }
            add(FeatureHash.joining(two, token(index + 2)), .title, &scratch)
        }
    }

    private func grams(
        _ field: TextField, _ tokens: UnsafeMutableBufferPointer<Token>, _ from: Int, _ to: Int,
        _ scratch: inout FeatureScratch
    ) {
        guard from < to else { return }
        var previous = tokens[from].hash
        add(previous, field, &scratch)
        for index in (from + 1)..<Swift.max(from + 1, to) {
            let hash = tokens[index].hash
            add(hash, field, &scratch)
            add(FeatureHash.joining(previous, hash), field, &scratch)
            previous = hash
        }
    }

    private func starts(_ scratch: inout FeatureScratch) {
        // The one, two and three first words, which are the same where there are no more.
        var hash = FeatureHash.seed
        for index in 0..<3 {
            if index < scratch.titleTokenCount {
                hash = FeatureHash.joining(hash, scratch.titleTokens[index].hash)
            }
            add(hash &+ 1, .start, &scratch)
        }
        for index in 0..<scratch.startHashCount { add(scratch.startHashes[index], .start, &scratch) }
    }

    private func lines(_ body: UnsafeBufferPointer<UInt8>, _ scratch: inout FeatureScratch) {
        var position = 0
        var found = 0
        while position < body.count, found < TextLimit.lines {
            while position < body.count, body[position] <= 0x20 { position &+= 1 }
            var hash = FeatureHash.seed
            var length = 0
            // Blanks count only when something follows them on the line.
            var pending = hash
            while position < body.count, body[position] != UInt8(ascii: "\n") {
                if length < TextLimit.lineBytes {
                    pending = FeatureHash.adding(lowered(body[position]), to: pending)
                    if body[position] > 0x20 { hash = pending }
                    length &+= 1
                }
                position &+= 1
            }
            if length > 0 { add(hash, .line, &scratch) }
            found &+= 1
        }
    }

    /// Lower-cases, puts one space between words, one before and one after.
    private func normalise(_ source: UnsafeBufferPointer<UInt8>, _ scratch: inout FeatureScratch) {
        let buffer = scratch.characters
        buffer[0] = 0x20
        var count = 1
        var isAfterSpace = true
        for byte in source {
            if byte <= 0x20 {
                if !isAfterSpace {
                    buffer[count] = 0x20
                    count &+= 1
                    isAfterSpace = true
                }
            } else {
                buffer[count] = lowered(byte)
                count &+= 1
                isAfterSpace = false
            }
        }
        if !isAfterSpace {
            buffer[count] = 0x20
            count &+= 1
        }
        scratch.characterCount = count
    }

    /// All byte sequences of the given lengths that lie within a word and its two edges.
    private func characters(_ field: TextField, from shortest: Int, to longest: Int, _ scratch: inout FeatureScratch) {
        let buffer = scratch.characters
        let count = scratch.characterCount
        var start = 0
        while start + 1 < count {
            var end = start + 1
            while end < count, buffer[end] != 0x20 { end &+= 1 }
            for position in start..<end {
                var packed: UInt64 = 0
                let room = min(longest, end &+ 1 &- position)
                for length in 0..<room {
                    packed = (packed << 8) | UInt64(buffer[position &+ length])
                    if length &+ 1 >= shortest { add(packed, field, &scratch) }
                }
            }
            start = end
        }
    }
}
