/// A byte for each bucket of features, zero for those that are unknown.
///
/// An artifact numbers the buckets that any of its heads knows, from 1 on; a head has an index over those places and a byte for each
/// that it knows itself, or a byte for each place where that is shorter.
struct TermTable: Sendable {
    /// From buckets to places; nil: places are buckets.
    let known: RankIndex?
    /// Nil: `values` has a byte for every place.
    let index: RankIndex?
    /// Behind a zero byte the bytes of the known places in ascending order, or a byte for every place.
    let values: ArtifactSlice
    /// Buckets; those behind them are unknown.
    let count: Int

    /// - Parameter bytes: one for each bucket.
    init(_ bytes: [UInt8]) {
        known = nil
        index = nil
        values = ArtifactSlice(copying: bytes)
        count = bytes.count
    }

    /// The table of a file.
    ///
    /// - Parameter index: of place 0, which has none, and the places of buckets below `count`.
    init(count: Int, known: RankIndex, index: RankIndex?, values: ArtifactSlice) throws(ArtifactError) {
        guard values.count == index.map({ $0.count + 1 }) ?? known.count(below: count) + 1, values.bytes.first == 0,
            index?.view.slot(0) ?? 0 == 0
        else {
            throw ArtifactError(code: .malformed, reason: "there are not as many terms as buckets")
        }
        self.known = known
        self.index = index
        self.values = values
        self.count = count
    }

    /// The byte of one bucket; loops over many of them take a view.
    subscript(bucket: Int) -> UInt8 { bucket < count ? withView { $0[bucket] } : 0 }

    /// A byte for each of `count` buckets.
    func bytes(count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        forEachKnown { bucket, byte in if bucket < count { bytes[bucket] = byte } }
        return bytes
    }

    /// Calls `body` with each known bucket, ascending, and its byte.
    func forEachKnown(_ body: (Int, UInt8) -> Void) {
        let buckets = known?.rows
        func report(_ place: Int, _ byte: UInt8) {
            guard byte != 0 else { return }
            let bucket = buckets.map { Int($0[place - 1]) } ?? place
            if bucket < count { body(bucket, byte) }
        }
        if let index {
            for (position, place) in index.rows.enumerated() { report(Int(place), values.bytes[position + 1]) }
        } else {
            for (place, byte) in values.bytes.enumerated() { report(place, byte) }
        }
    }

    /// Gives the entries of a text their places, if no other table of the model did.
    func place(_ scratch: inout FeatureScratch) {
        guard let known, scratch.placedBy != known.bits.start else { return }
        scratch.placedBy = known.bits.start
        withExtendedLifetime(known) {
            let view = known.view
            for index in 0..<scratch.entryCount {
                let slot = view.slot(Int(truncatingIfNeeded: scratch.entries[index].bucket))
                scratch.entries[index].place = UInt32(truncatingIfNeeded: slot)
            }
        }
    }

    /// Lends the table as pointers, for the loops that read thousands of buckets.
    @inline(__always) func withView<R>(_ body: (View) -> R) -> R {
        withExtendedLifetime((known, index, values)) {
            body(
                View(
                    known: known?.view, index: index?.view,
                    values: values.bytes.assumingMemoryBound(to: UInt8.self)))
        }
    }

    struct View {
        fileprivate let known: RankIndex.View?
        fileprivate let index: RankIndex.View?
        fileprivate let values: UnsafeBufferPointer<UInt8>

        /// The byte of a bucket below the table's `count`.
        @inline(__always) subscript(bucket: Int) -> UInt8 {
            guard let known else { return values[bucket] }
            return byte(at: known.slot(bucket))
        }

        /// The byte of a feature that has its place.
        @inline(__always) func byte(of entry: FeatureEntry) -> UInt8 {
            known == nil ? values[Int(entry.bucket)] : byte(at: Int(entry.place))
        }

        @inline(__always) private func byte(at place: Int) -> UInt8 {
            guard let index else { return values[place] }
            return values[index.slot(place)]
        }
    }
}
