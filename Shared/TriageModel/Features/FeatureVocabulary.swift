/// The features that a model knows: at most one in each bucket, told from all others by a byte of its hash.
///
/// Without the byte, one unseen feature in seven would be taken for a known one, which costs about .01 F1 on NLBSE'24;
/// with it one in two thousand.
struct FeatureVocabulary: Sendable {
    /// One byte a bucket: 0 where no feature is known, else the print of the one that is.
    let prints: [UInt8]
    let layout: BucketLayout

    init(layout: BucketLayout, prints: [UInt8]) {
        self.layout = layout
        self.prints = prints
    }

    /// The features that occur in enough tasks; those of a base stay where they are.
    ///
    /// Where several share a bucket the most frequent one is known.
    static func fit(
        _ texts: [TaskText], layout: BucketLayout, base: FeatureVocabulary?, minimumDocuments: UInt32? = nil
    )
        -> FeatureVocabulary
    {
        let space = FeatureSpace.open(layout)
        var counter = FeatureCounter()
        var scratch = FeatureScratch()
        for text in texts {
            space.vectorise(text, &scratch)
            var index = 0
            for field in TextField.allCases {
                let needed = minimumDocuments ?? field.minimumDocuments
                while index < scratch.fieldEnds[field.rawValue] {
                    let key = UInt32(scratch.prints[index]) | scratch.entries[index].bucket << 8
                    counter.count(key, needed: UInt8(truncatingIfNeeded: min(255, needed)))
                    index += 1
                }
            }
        }
        var prints = base?.prints ?? [UInt8](repeating: 0, count: layout.featureCount)
        var best = [UInt32](repeating: 0, count: layout.featureCount)
        counter.forEach { key, documents, needed in
            let bucket = Int(key >> 8)
            let print = UInt8(truncatingIfNeeded: key)
            guard documents >= UInt32(needed), base == nil || base?.prints[bucket] == 0 else { return }
            // In an order of its own, whatever the order of the table.
            guard documents > best[bucket] || (documents == best[bucket] && print < prints[bucket]) else { return }
            best[bucket] = documents
            prints[bucket] = print
        }
        return FeatureVocabulary(layout: layout, prints: prints)
    }
}

/// Counts features in a hash table of its own: millions of steps, no allocation but when it grows.
struct FeatureCounter {
    private struct Slot {
        var key: UInt32 = .max
        var documents: UInt32 = 0
        var needed: UInt8 = 0
    }

    private var slots = [Slot](repeating: Slot(), count: 1 << 16)
    private var used = 0

    mutating func count(_ key: UInt32, needed: UInt8) {
        if used * 2 > slots.count { grow() }
        let place = place(of: key)
        if slots[place].key == .max {
            slots[place].key = key
            used += 1
        }
        slots[place].documents += 1
        slots[place].needed = needed
    }

    func forEach(_ body: (UInt32, UInt32, UInt8) -> Void) {
        for slot in slots where slot.key != .max { body(slot.key, slot.documents, slot.needed) }
    }

    @inline(__always) private func place(of key: UInt32) -> Int {
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: (UInt64(key) &* 0x9e37_79b9_7f4a_7c15) &>> 20) & mask
        while slots[place].key != key, slots[place].key != .max { place = (place &+ 1) & mask }
        return place
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        for slot in old where slot.key != .max { slots[place(of: slot.key)] = slot }
    }
}
