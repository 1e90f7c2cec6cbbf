/// Which of very many rows are there and where, in a form small enough to stay in the processor's cache.
///
/// Most rows of a hashed table are empty. Where at least a seventh is there, the index has a bit a row and for each 64 rows
/// how many come before them (Jacobson's rank, 1989); where fewer are, it has a byte for each row that is there, and
/// for each block of up to 256 rows where its bytes start. Both lie in the artifact as they are used.
struct RankIndex: Sendable {
    /// How the rows are written down.
    enum Form: Equatable {
        case bits
        /// Blocks of 2^width rows.
        case blocks(width: Int)
    }

    /// Rows, there or not.
    let rowCount: Int
    /// Rows that are there.
    let count: Int
    let form: Form
    /// A bit a row in 64-bit words, none behind the last row; or for each row that is there its place in its block, and
    /// seven zero bytes.
    let bits: ArtifactSlice
    /// Two 32-bit numbers, 0 and 0 or 1 and the width; then for each word of bits one more than the rows before it (slot
    /// 0 is that of no row), or for each block the rows before it and at the end their number.
    let ranks: ArtifactSlice

    /// Bytes behind the last place, so that eight places are read at once.
    static let padding = 7
    /// Numbers before the counts.
    static let headerNumbers = 2

    /// The form that takes fewest bytes.
    static func form(rowCount: Int, count: Int) -> Form {
        // Wide enough that about eight places are in a block: one comparison of eight bytes finds most rows.
        let width = max(3, min(8, Int.bitWidth - 1 - (8 * rowCount / max(1, count)).leadingZeroBitCount))
        let blocks = (rowCount >> width) * 4 + count
        return blocks < rowCount / 8 + rowCount / 16 ? .blocks(width: width) : .bits
    }

    /// - Parameter rows: ascending, below `rowCount`.
    init(rowCount: Int, rows: [UInt32]) {
        self.rowCount = rowCount
        count = rows.count
        form = Self.form(rowCount: rowCount, count: count)
        switch form {
        case .bits:
            var bits = [UInt64](repeating: 0, count: (rowCount + 63) / 64)
            for row in rows { bits[Int(row >> 6)] |= 1 << UInt64(row & 63) }
            var rank: UInt32 = 1
            let ranks = bits.map { word in
                defer { rank += UInt32(word.nonzeroBitCount) }
                return rank
            }
            self.bits = ArtifactSlice(copying: bits)
            self.ranks = ArtifactSlice(copying: [0, 0] + ranks)
        case .blocks(let width):
            var starts = [UInt32](repeating: 0, count: (rowCount >> width) + 2)
            for row in rows { starts[Int(row >> UInt32(width)) + 1] += 1 }
            for block in 1..<starts.count { starts[block] += starts[block - 1] }
            let places = rows.map { UInt8($0 & (1 << UInt32(width) - 1)) }
            bits = ArtifactSlice(copying: places + [UInt8](repeating: 0, count: Self.padding))
            ranks = ArtifactSlice(copying: [1, UInt32(width)] + starts)
        }
    }

    /// The index of a file, every number of it checked.
    init(rowCount: Int, bits: ArtifactSlice, ranks: ArtifactSlice) throws(ArtifactError) {
        guard ranks.count >= Self.headerNumbers * 4, ranks.count % 4 == 0 else {
            throw .malformed("an index is too short")
        }
        let header = ranks.numbers(UInt32.self)
        let counts = UnsafeBufferPointer(rebasing: header[Self.headerNumbers...])
        switch (header[0], header[1]) {
        case (0, 0):
            form = .bits
            count = try Self.checkBits(bits, counts, rowCount)
        case (1, 3...8):
            form = .blocks(width: Int(header[1]))
            count = try Self.checkBlocks(bits, counts, rowCount, width: Int(header[1]))
        default: throw .malformed("an index of an unknown form")
        }
        self.rowCount = rowCount
        self.bits = bits
        self.ranks = ranks
    }

    private static func checkBits(
        _ bits: ArtifactSlice, _ ranks: UnsafeBufferPointer<UInt32>, _ rowCount: Int
    ) throws(ArtifactError) -> Int {
        let words = (rowCount + 63) / 64
        guard bits.count == words * 8, ranks.count == words else {
            throw .malformed("an index is not as long as its rows")
        }
        let bits = bits.numbers(UInt64.self)
        var rank: UInt32 = 1
        for word in 0..<words {
            guard ranks[word] == rank else { throw .malformed("an index counts wrongly") }
            rank &+= UInt32(truncatingIfNeeded: bits[word].nonzeroBitCount)
        }
        guard rowCount % 64 == 0 || bits[words - 1] >> UInt64(rowCount % 64) == 0 else {
            throw .malformed("an index has rows behind the last one")
        }
        return Int(rank) - 1
    }

    private static func checkBlocks(
        _ places: ArtifactSlice, _ starts: UnsafeBufferPointer<UInt32>, _ rowCount: Int, width: Int
    ) throws(ArtifactError) -> Int {
        let blocks = (rowCount >> width) + 1
        guard places.count >= padding, starts.count == blocks + 1, starts[0] == 0,
            Int(starts[blocks]) == places.count - padding
        else { throw .malformed("an index is not as long as its rows") }
        let bytes = places.bytes
        for block in 0..<blocks {
            let (start, end) = (Int(starts[block]), Int(starts[block + 1]))
            guard start <= end, end <= places.count - padding else { throw .malformed("an index counts wrongly") }
            let rows = min(1 << width, rowCount - block << width)
            var next = 0
            for position in start..<end {
                guard bytes[position] >= next, bytes[position] < rows else {
                    throw .malformed("the rows of an index are not in order")
                }
                next = Int(bytes[position]) + 1
            }
        }
        return places.count - padding
    }

    /// The rows that are there, ascending.
    var rows: [UInt32] {
        var rows: [UInt32] = []
        rows.reserveCapacity(count)
        switch form {
        case .bits:
            for (word, bits) in bits.numbers(UInt64.self).enumerated() {
                var rest = bits
                while rest != 0 {
                    rows.append(UInt32(word * 64 + rest.trailingZeroBitCount))
                    rest &= rest &- 1
                }
            }
        case .blocks(let width):
            let starts = ranks.numbers(UInt32.self).dropFirst(Self.headerNumbers)
            for (block, (start, end)) in zip(starts, starts.dropFirst()).enumerated() {
                for position in start..<end { rows.append(UInt32(block << width) + UInt32(bits.bytes[Int(position)])) }
            }
        }
        return rows
    }

    /// How many rows are there below one.
    func count(below row: Int) -> Int { row >= rowCount ? count : rows.count { $0 < row } }

    /// The index as pointers; only within the life of the index.
    @inline(__always) var view: View { View(self) }

    struct View {
        private let bits: UnsafeRawPointer
        private let ranks: UnsafePointer<UInt32>
        /// The highest slot: nothing read from a file leads beyond it.
        private let last: Int
        /// Of blocks; 0 for bits.
        private let width: Int

        fileprivate init(_ index: RankIndex) {
            bits = index.bits.start
            ranks = index.ranks.start.assumingMemoryBound(to: UInt32.self) + RankIndex.headerNumbers
            last = index.count
            width = if case .blocks(let width) = index.form { width } else { 0 }
        }

        /// Where a row stands, from 1 on; 0 for a row that isn't there.
        @inline(__always) func slot(_ row: Int) -> Int {
            width == 0 ? slotOfBits(row) : slotOfBlocks(row)
        }

        @inline(__always) private func slotOfBits(_ row: Int) -> Int {
            let word = bits.load(fromByteOffset: (row &>> 6) &<< 3, as: UInt64.self)
            let shift = UInt64(truncatingIfNeeded: row)
            // `&<<` and `&>>` take the shift modulo 64.
            let before = (word & ((1 &<< shift) &- 1)).nonzeroBitCount
            let slot = Int(truncatingIfNeeded: (word &>> shift) & 1) &* (Int(ranks[row &>> 6]) &+ before)
            return min(slot, last)
        }

        @inline(__always) private func slotOfBlocks(_ row: Int) -> Int {
            let block = row &>> width
            var position = min(Int(ranks[block]), last)
            let end = min(Int(ranks[block &+ 1]), last)
            let place = UInt64(truncatingIfNeeded: row & ((1 &<< width) &- 1))
            let wanted = place &* 0x0101_0101_0101_0101
            while position < end {
                // Eight places at once: the lowest zero byte of the difference is the row.
                let difference = bits.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian ^ wanted
                let zeros = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
                if zeros != 0 {
                    let found = position &+ zeros.trailingZeroBitCount &>> 3
                    return found < end ? found &+ 1 : 0
                }
                position &+= 8
            }
            return 0
        }
    }
}
