/// The words of the index: a number for each, and the tasks that have it.
struct Vocabulary: Sendable {
    /// The tasks of one word, the oldest first.
    struct Postings: Sendable {
        /// Tasks in the index that have the word.
        var living: UInt32 = 0
        /// The entry while there is only one: most words occur once, and an array takes 40 bytes.
        var single: UInt32 = 0
        /// Position * 2 + (1 when the word is in the title); tasks that are gone stay in until the list is swept.
        var many: [UInt32] = []
    }

    /// Word numbers fit into the upper bits of a task's entries.
    static let maximumTerms = 1 << 24
    private var numbers: [UInt64: UInt32] = [:]
    private(set) var hashes: [UInt64] = []
    private(set) var lists: [Postings] = []
    private var free: [UInt32] = []

    /// Distinct words of the tasks in the index.
    var count: Int { numbers.count }

    /// The number of a word, if a task in the index has it.
    @inline(__always) func number(of hash: UInt64) -> UInt32? { numbers[hash] }

    /// Notes that the task at `position` has the word; nil when there is no room for one more word.
    mutating func add(_ hash: UInt64, position: UInt32, isInTitle: Bool) -> UInt32? {
        let entry = position << 1 | (isInTitle ? 1 : 0)
        if let number = numbers[hash] {
            lists[Int(number)].append(entry)
            return number
        }
        guard let number = takeNumber(hash) else { return nil }
        lists[Int(number)].append(entry)
        return number
    }

    /// Notes that a task without this word's position is gone.
    mutating func remove(_ number: UInt32, isAlive: (UInt32) -> Bool) {
        let index = Int(number)
        lists[index].living -= 1
        if lists[index].living == 0 {
            numbers[hashes[index]] = nil
            lists[index] = Postings()
            free.append(number)
        } else if lists[index].many.count > 2 * Int(lists[index].living) + 16 {
            lists[index].many.removeAll { !isAlive($0 >> 1) }
        }
    }

    /// Gives every entry its task's new position; entries of tasks that are gone have none.
    mutating func move(_ newPosition: (UInt32) -> UInt32?) {
        for index in lists.indices where lists[index].living > 0 {
            if lists[index].many.isEmpty {
                guard let position = newPosition(lists[index].single >> 1) else { continue }
                lists[index].single = position << 1 | (lists[index].single & 1)
            } else {
                lists[index].many = lists[index].many.compactMap { entry in
                    newPosition(entry >> 1).map { $0 << 1 | (entry & 1) }
                }
            }
        }
    }

    /// Makes the words of a snapshot; their lists are filled with `restore`.
    ///
    /// - Parameter documents: how many tasks have each word; none for a number that is free.
    init(hashes: [UInt64], documents: [UInt32]) {
        self.hashes = hashes
        numbers.reserveCapacity(hashes.count)
        lists.reserveCapacity(hashes.count)
        for (index, hash) in hashes.enumerated() {
            var postings = Postings()
            if documents[index] > 1 { postings.many.reserveCapacity(Int(documents[index])) }
            lists.append(postings)
            if documents[index] == 0 {
                free.append(UInt32(index))
            } else {
                numbers[hash] = UInt32(index)
            }
        }
    }

    init() {}

    /// Adds the words of a task of a snapshot.
    mutating func restore(_ words: [UInt32], position: UInt32) {
        lists.withUnsafeMutableBufferPointer { lists in
            for word in words {
                let entry = position << 1 | (SimilarityDocument.isInTitle(word) ? 1 : 0)
                lists[Int(SimilarityDocument.number(word))].append(entry)
            }
        }
    }

    private mutating func takeNumber(_ hash: UInt64) -> UInt32? {
        let number: UInt32
        if let last = free.popLast() {
            number = last
            hashes[Int(number)] = hash
        } else {
            guard lists.count < Self.maximumTerms else { return nil }
            number = UInt32(lists.count)
            lists.append(Postings())
            hashes.append(hash)
        }
        numbers[hash] = number
        return number
    }

    /// Bytes held, without the allocator's own.
    var memoryBytes: Int {
        var bytes = numbers.capacity * 13 * 4 / 3 + hashes.capacity * 8 + free.capacity * 4
        bytes += lists.capacity * MemoryLayout<Postings>.stride
        for list in lists where list.many.capacity > 0 { bytes += 32 + list.many.capacity * 4 }
        return bytes
    }
}

extension Vocabulary.Postings {
    @inline(__always) mutating func append(_ entry: UInt32) {
        if living == 0 {
            single = entry
        } else {
            if many.isEmpty { many.append(single) }
            many.append(entry)
        }
        living += 1
    }
}
