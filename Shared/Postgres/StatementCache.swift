/// The statements one connection has prepared, least recently used first to go.
struct StatementCache {
    struct Entry {
        let name: String
        let types: [UInt32]
        var lastUse: UInt64
    }

    private var entries: [String: Entry] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0
    private let limit: Int

    init(limit: Int) { self.limit = max(8, limit) }

    /// The prepared statement's name, if there is one for this SQL and these parameter types.
    mutating func name(for statement: Statement) -> String? {
        uses += 1
        guard let index = entries.index(forKey: statement.sql), entries.values[index].types == statement.types else {
            return nil
        }
        entries.values[index].lastUse = uses
        return entries.values[index].name
    }

    /// Takes in a statement about to be prepared; also answers the names to be deallocated for it.
    mutating func insert(_ statement: Statement) -> (name: String, evicted: [String]) {
        var evicted: [String] = []
        if let old = remove(statement.sql) { evicted.append(old) }
        if entries.count >= limit, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            if let old = remove(oldest.key) { evicted.append(old) }
        }
        uses += 1
        names += 1
        let name = "s\(names)"
        entries[statement.sql] = Entry(name: name, types: statement.types, lastUse: uses)
        return (name, evicted)
    }

    @discardableResult
    mutating func remove(_ sql: String) -> String? { entries.removeValue(forKey: sql)?.name }

    mutating func removeAll() { entries.removeAll() }
}
