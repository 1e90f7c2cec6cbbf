import Postgres
import Synchronization
import TestSupport
import Testing

private struct Refusal: Error, Equatable { let item: Int }

@Suite struct CoalescerTests {
    @Test func `five thousand items at once reach the table, each with its own answer`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                try await pool.execute("CREATE TABLE item (id int8 PRIMARY KEY, title text)")
                let sizes = Sizes()
                let coalescer = Coalescer<Int, Int>(maximumBatch: 500, lanes: 2) { items in
                    sizes.add(items.count)
                    let rows = try await pool.query(
                        "INSERT INTO item SELECT * FROM unnest($1::int8[], $2::text[]) RETURNING id * 2",
                        [items, items.map { "item \($0)" }])
                    return try rows.map { try $0.decode(at: 0) }
                }
                try await withThrowingTaskGroup(of: (Int, Int).self) { group in
                    for id in 0..<5_000 { group.addTask { (id, try await coalescer.submit(id)) } }
                    for try await (id, answer) in group { #expect(answer == id * 2) }
                }
                #expect(try await pool.query("SELECT count(*) FROM item").one().decode(at: 0, as: Int.self) == 5_000)
                #expect(sizes.total == 5_000)
                #expect(sizes.count < 1_000)
                #expect(sizes.largest <= 500)
                #expect(coalescer.pending == 0)
            }
        }
    }

    @Test func `bad items fail alone`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                try await pool.execute("CREATE TABLE item (id int8 PRIMARY KEY)")
                let coalescer = Coalescer<Int, Int> { items in
                    try await pool.execute("INSERT INTO item SELECT * FROM unnest($1::int8[])", [items])
                    return items
                }
                try await pool.execute("INSERT INTO item VALUES (13), (77)")
                let results = try await coalescer.submitEach(contentsOf: Array(0..<100))
                #expect(results.count == 100)
                for (id, result) in results.enumerated() {
                    if id == 13 || id == 77 {
                        let error = #expect(throws: DatabaseError.self) { try result.get() }
                        #expect(error?.isUniqueViolation == true)
                    } else {
                        #expect(try result.get() == id)
                    }
                }
                #expect(try await pool.query("SELECT * FROM item").count == 100)
            }
        }
    }

    @Test func `a database that can't be reached fails the batch once, without trying each item`() async throws {
        let sizes = Sizes()
        let coalescer = Coalescer<Int, Int> { items in
            sizes.add(items.count)
            throw DatabaseError(code: .connectionLost, reason: "gone")
        }
        let results = try await coalescer.submitEach(contentsOf: Array(0..<100))
        for result in results { #expect(throws: DatabaseError.self) { try result.get() } }
        #expect(sizes.count == 1)
    }

    @Test func `connectivity lost while bad items are sought ends the search`() async throws {
        let sizes = Sizes()
        let coalescer = Coalescer<Int, Int> { items in
            sizes.add(items.count)
            if items.count == 8 { throw Refusal(item: 0) }
            throw DatabaseError(code: .connectionLost, reason: "gone")
        }
        let results = try await coalescer.submitEach(contentsOf: Array(0..<8))
        for result in results { #expect(throws: DatabaseError.self) { try result.get() } }
        #expect(sizes.count == 2)
    }

    @Test func `while one flush is under way the next batch gathers, and the limit holds`() async throws {
        let gate = Gate()
        let sizes = Sizes()
        let coalescer = Coalescer<Int, Int>(maximumBatch: 10, pendingLimit: 12) { items in
            sizes.add(items.count)
            await gate.pass()
            return items
        }
        let first = Task { try await coalescer.submit(0) }
        #expect(try await eventually { sizes.count == 1 })
        let others = (1..<12).map { item in Task { try await coalescer.submit(item) } }
        #expect(try await eventually { coalescer.pending == 12 })
        let error = await databaseError { _ = try await coalescer.submit(12) }
        #expect(error?.code == .overloaded)
        await #expect(throws: DatabaseError.self) { try await coalescer.submit(contentsOf: [12, 13]) }
        gate.open()
        #expect(try await first.value == 0)
        for (index, task) in others.enumerated() { #expect(try await task.value == index + 1) }
        #expect(sizes.all == [1, 10, 1])
        #expect(try await coalescer.submit(12) == 12)
    }

    @Test func `a flush that answers too little is an error for all its items`() async throws {
        let coalescer = Coalescer<Int, Int> { Array($0.dropLast()) }
        await #expect(throws: DatabaseError.self) { try await coalescer.submit(contentsOf: [1, 2]) }
    }

    @Test func `a group larger than a batch is answered in order`() async throws {
        let coalescer = Coalescer<Int, Int>(maximumBatch: 7, lanes: 2) { items in items.map { $0 + 1 } }
        #expect(try await coalescer.submit(contentsOf: Array(0..<1_000)) == Array(1...1_000))
        #expect(try await coalescer.submit(contentsOf: []).isEmpty)
    }
}

/// The sizes of the flushes.
private final class Sizes: Sendable {
    private let sizes = Mutex<[Int]>([])
    var all: [Int] { sizes.withLock { $0 } }
    var count: Int { all.count }
    var total: Int { all.reduce(0, +) }
    var largest: Int { all.max() ?? 0 }
    func add(_ size: Int) { sizes.withLock { $0.append(size) } }
}
