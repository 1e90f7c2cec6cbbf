/// SQL with its parameters already in binary form, in one buffer.
package struct Statement: Sendable {
    package let sql: String
    let types: [UInt32]
    /// Where each parameter ends in `bytes`; negative (by `~`) for NULL.
    let ends: [Int]
    let bytes: [UInt8]
    /// Control statements (`BEGIN`) aren't worth a place in the statement cache.
    var isPrepared = true

    package init(_ sql: String, _ parameters: [any DatabaseEncodable] = []) {
        var types: [UInt32] = []
        var ends: [Int] = []
        var bytes: [UInt8] = []
        types.reserveCapacity(parameters.count)
        ends.reserveCapacity(parameters.count)
        for parameter in parameters {
            types.append(type(of: parameter).typeOID)
            if parameter.isDatabaseNull {
                ends.append(~bytes.count)
            } else {
                parameter.encode(into: &bytes)
                ends.append(bytes.count)
            }
        }
        self.sql = sql
        self.types = types
        self.ends = ends
        self.bytes = bytes
    }

    static func control(_ sql: String) -> Statement {
        var statement = Statement(sql)
        statement.isPrepared = false
        return statement
    }
}

extension Statement {
    /// Lends the parameters in the form libpq takes.
    func withValues<R>(
        _ body: ([UnsafePointer<CChar>?], [Int32], [Int32]) -> R
    ) -> R {
        bytes.withUnsafeBytes { buffer in
            withUnsafePointer(to: CChar(0)) { empty in
                var values: [UnsafePointer<CChar>?] = []
                var lengths: [Int32] = []
                values.reserveCapacity(ends.count)
                lengths.reserveCapacity(ends.count)
                var start = 0
                for end in ends {
                    if end < 0 {
                        values.append(nil)
                        lengths.append(0)
                    } else {
                        // An empty value still needs an address: without one it would be NULL.
                        let address = buffer.baseAddress.map { ($0 + start).assumingMemoryBound(to: CChar.self) }
                        values.append(address ?? empty)
                        lengths.append(Int32(truncatingIfNeeded: end - start))
                        start = end
                    }
                }
                return body(values, lengths, [Int32](repeating: 1, count: ends.count))
            }
        }
    }
}
