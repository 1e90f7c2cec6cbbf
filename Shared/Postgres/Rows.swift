import CPQ

/// The rows a statement answered; keeps libpq's result and decodes from it, without copying.
package struct Rows: Sendable, RandomAccessCollection {
    private let result: ResultHandle

    init(_ result: ResultHandle) { self.result = result }

    package var startIndex: Int { 0 }
    package var endIndex: Int { result.rowCount }
    package var isEmpty: Bool { result.rowCount == 0 }

    package subscript(position: Int) -> Row {
        precondition(position >= 0 && position < result.rowCount, "row \(position) of \(result.rowCount)")
        return Row(result: result, index: position)
    }

    /// How many rows the statement inserted, changed, deleted or answered.
    package var affectedRows: Int { result.affectedRows }

    /// PostgreSQL's command tag, as `COMMIT` or `INSERT 0 3`.
    package var commandTag: String { result.commandTag }

    /// The only row; an error if there are none or several.
    package func one() throws(DatabaseError) -> Row {
        guard count == 1 else { throw DatabaseError(code: .decoding, reason: "expected one row, got \(count)") }
        return self[0]
    }
}

/// One row of `Rows`; columns by position (fast) or name.
package struct Row: Sendable {
    let result: ResultHandle
    let index: Int

    package var columnCount: Int { result.columnCount }

    /// The value of a column. Fails with `.decoding` for NULL (unless `Value` is Optional), another type, or a column
    /// that isn't there.
    package func decode<Value: DatabaseDecodable>(
        at column: Int, as type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value {
        guard column >= 0, column < result.columnCount else {
            throw DatabaseError(code: .decoding, reason: "no column \(column), there are \(result.columnCount)")
        }
        do throws(DatabaseError) {
            return try Value.decode(result.field(row: index, column: column))
        } catch {
            throw DatabaseError(code: .decoding, reason: "column \(result.columnName(column)): \(error.reason)")
        }
    }

    /// The value of the first column of this name.
    package func decode<Value: DatabaseDecodable>(
        _ column: String, as type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value {
        guard let position = result.position(of: column) else {
            throw DatabaseError(code: .decoding, reason: "no column \(column)")
        }
        return try decode(at: position, as: type)
    }
}

/// Sole owner of one `PGresult`.
///
/// Unchecked: libpq never changes a result once it is handed out, and lets any thread read it.
final class ResultHandle: @unchecked Sendable {
    private let result: OpaquePointer
    let rowCount: Int
    let columnCount: Int

    init(_ result: OpaquePointer) {
        self.result = result
        rowCount = Int(PQntuples(result))
        columnCount = Int(PQnfields(result))
    }

    deinit { PQclear(result) }

    var commandTag: String { PQcmdStatus(result).map { String(cString: $0) } ?? "" }

    var affectedRows: Int { PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0 }

    func columnName(_ column: Int) -> String { PQfname(result, Int32(column)).map { String(cString: $0) } ?? "?" }

    /// Names are compared as they are, unlike `PQfnumber`, which folds case.
    func position(of name: String) -> Int? {
        name.withCString { wanted in
            (0..<columnCount).first { column in
                PQfname(result, Int32(column)).map { compare($0, wanted) } ?? false
            }
        }
    }

    private func compare(_ left: UnsafePointer<CChar>, _ right: UnsafePointer<CChar>) -> Bool {
        var offset = 0
        while left[offset] == right[offset] {
            if left[offset] == 0 { return true }
            offset += 1
        }
        return false
    }

    /// The field's bytes live as long as this object; the decoders copy what they keep.
    func field(row: Int, column: Int) -> DatabaseField {
        let row = Int32(row)
        let column = Int32(column)
        let type = UInt32(PQftype(result, column))
        guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else {
            return DatabaseField(typeOID: type, bytes: nil)
        }
        let count = Int(PQgetlength(result, row, column))
        return DatabaseField(typeOID: type, bytes: UnsafeRawBufferPointer(start: start, count: count))
    }
}
