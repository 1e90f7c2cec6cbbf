import FoundationEssentials

/// A state as bytes, so that a replica needn't fold a long history from its beginning.
///
/// Little endian: latest, last task, counts of tiles and of recent tasks, then those. The fold's version stands beside it.
extension EntityState {
    private static let tileBytes = 8 * 15
    private static let entryBytes = 8 + 16 + 1

    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(40 + tiles.count * Self.tileBytes + recent.entries.count * Self.entryBytes)
        for number in [
            version, latest, lastTaskAt ?? .min, Int64(tiles.count), Int64(recent.entries.count),
        ] { bytes.appendNumber(number) }
        for tile in tiles {
            bytes.appendNumber(tile.week)
            for number in tile.counts.numbers { bytes.appendNumber(Int64(number)) }
        }
        for entry in recent.entries {
            bytes.appendNumber(entry.createdAt)
            bytes += entry.taskID.uuidBytes
            bytes.append(entry.isJudged ? 1 : 0)
        }
        return bytes
    }

    /// A state that was encoded; nil for anything else, which is then folded from the history again.
    package init?(encoded bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        guard let version = reader.number(), version > 0, let latest = reader.number(), let last = reader.number(),
            let tileCount = reader.number(), (0...Int64(Self.weeks)).contains(tileCount),
            let entryCount = reader.number(), (0...Int64(RecentTasks.capacity)).contains(entryCount),
            reader.remaining == Int(tileCount) * Self.tileBytes + Int(entryCount) * Self.entryBytes
        else { return nil }
        self.init()
        self.version = version
        self.latest = latest
        lastTaskAt = last == .min ? nil : last
        for _ in 0..<tileCount {
            guard let week = reader.number(), tiles.last.map({ $0.week < week }) ?? true else { return nil }
            var numbers: [Int] = []
            for _ in 0..<HistoryCounts.numberCount {
                guard let number = reader.number(), number >= 0 else { return nil }
                numbers.append(Int(number))
            }
            tiles.append(Tile(week: week, counts: HistoryCounts(numbers)))
        }
        var entries: [RecentTasks.Entry] = []
        for _ in 0..<entryCount {
            guard let createdAt = reader.number(), let id = reader.identifier(), let isJudged = reader.flag() else {
                return nil
            }
            entries.append(RecentTasks.Entry(createdAt: createdAt, taskID: id, isJudged: isJudged))
        }
        guard let recent = RecentTasks(entries) else { return nil }
        self.recent = recent
    }

    private struct Reader {
        let bytes: [UInt8]
        private var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var remaining: Int { bytes.count - position }

        mutating func number() -> Int64? {
            guard remaining >= 8 else { return nil }
            defer { position += 8 }
            return bytes.withUnsafeBytes {
                Int64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Int64.self))
            }
        }

        mutating func identifier() -> UUID? {
            guard remaining >= 16 else { return nil }
            defer { position += 16 }
            return bytes.withUnsafeBytes {
                UUID(uuid: $0.loadUnaligned(fromByteOffset: position, as: uuid_t.self))
            }
        }

        mutating func flag() -> Bool? {
            guard remaining >= 1, bytes[position] <= 1 else { return nil }
            defer { position += 1 }
            return bytes[position] == 1
        }
    }
}

extension HistoryCounts {
    static let numberCount = 14

    var numbers: [Int] {
        [tasks, edits] + (0..<4).map { categories[$0] } + (0..<4).map { priorities[$0] }
            + [efforts, effortSum, judged, corrected]
    }

    init(_ numbers: [Int]) {
        self.init()
        tasks = numbers[0]
        edits = numbers[1]
        for index in 0..<4 {
            categories[index] = numbers[2 + index]
            priorities[index] = numbers[6 + index]
        }
        efforts = numbers[10]
        effortSum = numbers[11]
        judged = numbers[12]
        corrected = numbers[13]
    }
}

extension [UInt8] {
    fileprivate mutating func appendNumber(_ number: Int64) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}
