/// A byte for each bucket of features, zero for those that are unknown.
///
/// Few buckets are known, so an artifact holds an index of them and only their bytes, or all bytes where that is shorter.
struct TermTable: Sendable {
    /// Nil: `values` has a byte for every bucket.
    let index: RankIndex?
    /// Behind a zero byte the bytes of the known buckets in ascending order, or a byte for every bucket.
    let values: ArtifactSlice
    /// Buckets; those behind them are unknown.
    let count: Int

    /// - Parameter bytes: one for each bucket.
    init(_ bytes: [UInt8]) {
        index = nil
        values = ArtifactSlice(copying: bytes)
        count = bytes.count
    }

    /// The table of a file.
    init(count: Int, index: RankIndex?, values: ArtifactSlice) throws(ArtifactError) {
        guard values.count == index.map({ $0.count + 1 }) ?? count, index == nil || values.bytes.first == 0 else {
            throw ArtifactError(code: .malformed, reason: "there are not as many terms as buckets")
        }
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
        guard let index else {
            for (bucket, byte) in values.bytes.enumerated() where byte != 0 { body(bucket, byte) }
            return
        }
        for (position, bucket) in index.rows.enumerated() where values.bytes[position + 1] != 0 {
            body(Int(bucket), values.bytes[position + 1])
        }
    }

    /// Lends the table as pointers, for the loops that read thousands of buckets.
    @inline(__always) func withView<R>(_ body: (View) -> R) -> R {
        withExtendedLifetime((index, values)) {
            body(View(index: index?.view, values: values.bytes.assumingMemoryBound(to: UInt8.self)))
        }
    }

    struct View {
        fileprivate let index: RankIndex.View?
        fileprivate let values: UnsafeBufferPointer<UInt8>

        /// The byte of a bucket below the table's `count`.
        @inline(__always) subscript(bucket: Int) -> UInt8 {
            guard let index else { return values[bucket] }
            return values[index.slot(bucket)]
        }
    }
}
