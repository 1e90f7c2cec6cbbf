import FoundationEssentials
import Postgres
import TestSupport
import Testing

/// Values go to PostgreSQL and come back equal, and PostgreSQL reads them as we mean them.
@Suite struct ValueTests {
    /// Sends the value, and has PostgreSQL's own text of it compared too.
    private func check<Value: DatabaseEncodable & DatabaseDecodable & Equatable>(
        _ values: [Value], type: String, texts: [String]? = nil, pool: DatabasePool
    ) async throws {
        for (index, value) in values.enumerated() {
            let row = try await pool.query("SELECT $1::\(type) AS value, ($1::\(type))::text AS text", [value]).one()
            #expect(try row.decode("value", as: Value.self) == value)
            if let texts { #expect(try row.decode("text", as: String.self) == texts[index]) }
        }
    }

    @Test func `every scalar type makes the round trip`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                try await check([true, false], type: "bool", texts: ["true", "false"], pool: pool)
                try await check([Int16.min, 0, .max], type: "int2", texts: ["-32768", "0", "32767"], pool: pool)
                try await check([Int32.min, -1, .max], type: "int4", pool: pool)
                try await check([Int64.min, -1, .max], type: "int8", pool: pool)
                try await check(
                    [Int.min, 0, .max], type: "int8", texts: ["\(Int.min)", "0", "\(Int.max)"], pool: pool)
                try await check(
                    [Float.greatestFiniteMagnitude, -0.5, .infinity, .leastNonzeroMagnitude], type: "float4", pool: pool
                )
                try await check(
                    [Double.greatestFiniteMagnitude, 0.1, -.infinity], type: "float8",
                    texts: ["1.7976931348623157e+308", "0.1", "-Infinity"], pool: pool)
                let texts = [
                    "", "plain", "é漢字🧑‍💻\u{301}", "tab\t\"quote' \\ {,}", String(repeating: "x", count: 200_000),
                ]
                try await check(texts, type: "text", texts: texts, pool: pool)
                try await check([UUID(), UUID()], type: "uuid", pool: pool)
                try await check(
                    [[UInt8](), [0], Array(0...255)], type: "bytea", pool: pool)
            }
        }
    }

    @Test func `a NaN stays one`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                let row = try await pool.query("SELECT $1::float8, $1::float8 = 'NaN'", [Double.nan]).one()
                #expect(try row.decode(at: 0, as: Double.self).isNaN)
                #expect(try row.decode(at: 1))
            }
        }
    }

    @Test func `a time keeps its microseconds, and infinity`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                try await pool.execute("SET TIME ZONE 'UTC'")
                let times = [0, 1, -1, 1_795_390_245_123_456, 253_402_300_799_999_999].map(
                    Timestamp.init(microseconds:))
                try await check(times + [.infinity, .negativeInfinity], type: "timestamptz", pool: pool)
                let row = try await pool.query(
                    "SELECT to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')", [times[3]]
                ).one()
                #expect(try row.decode(at: 0, as: String.self) == "2026-11-22 23:30:45.123456")
                let tooEarly = await #expect(throws: DatabaseError.self) {
                    _ = try await pool.query("SELECT $1::timestamptz", [Timestamp(microseconds: .min + 1)])
                }
                #expect(tooEarly?.sqlState == "22008")
                let tooLate = try await pool.query("SELECT '294270-01-01 00:00Z'::timestamptz").one()
                #expect(throws: DatabaseError.self) { try tooLate.decode(at: 0, as: Timestamp.self) }
            }
        }
    }

    @Test func `a Date and a Timestamp agree to the microsecond`() {
        let date = Date(timeIntervalSince1970: 1_795_390_245.123456)
        #expect(Timestamp(date).microseconds == 1_795_390_245_123_456)
        #expect(abs(Timestamp(date).date.timeIntervalSince(date)) < 0.000_001)
        #expect(Timestamp(Date(timeIntervalSince1970: 1e300)) == .infinity)
    }

    @Test func `jsonb is stored as a document, not as text`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                let json = JSONB(#"{"a": [1, null, "é\n"]}"#)
                let row = try await pool.query("SELECT $1::jsonb, $1::jsonb #>> '{a,2}', $1::jsonb::json", [json]).one()
                #expect(try row.decode(at: 0, as: JSONB.self) == json)
                #expect(try row.decode(at: 0, as: String.self) == json.text)
                #expect(try row.decode(at: 1, as: String.self) == "é\n")
                #expect(try row.decode(at: 2, as: JSONB.self).text.contains("null"))
                await #expect(throws: DatabaseError.self) { try await pool.query("SELECT $1::jsonb", [JSONB("{")]) }
            }
        }
    }

    @Test func `arrays of every type make the round trip, with and without NULLs`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                try await check([[Bool](), [true, false]], type: "bool[]", texts: ["{}", "{t,f}"], pool: pool)
                try await check([[Int16](), [1, -1]], type: "int2[]", pool: pool)
                try await check([[Int32](), [1, .min]], type: "int4[]", texts: ["{}", "{1,-2147483648}"], pool: pool)
                try await check([[Int64](), [1, .max]], type: "int8[]", pool: pool)
                try await check([[Int](), Array(0..<10_000)], type: "int8[]", pool: pool)
                try await check([[Float](), [0.5]], type: "float4[]", pool: pool)
                try await check([[Double](), [0.1]], type: "float8[]", pool: pool)
                try await check([[String](), ["", "a,b", "é"]], type: "text[]", pool: pool)
                try await check([[UUID](), [UUID()]], type: "uuid[]", pool: pool)
                try await check([[[UInt8]](), [[], [0, 1]]], type: "bytea[]", pool: pool)
                try await check([[JSONB](), [JSONB("{}")]], type: "jsonb[]", pool: pool)
                try await check([[Timestamp](), [Timestamp(microseconds: 5)]], type: "timestamptz[]", pool: pool)
                try await check([[String?](), [nil], ["a", nil, ""]], type: "text[]", pool: pool)
                try await check([[Int?](), [nil, 7]], type: "int8[]", texts: ["{}", "{NULL,7}"], pool: pool)
                try await check([[JSONB?](), [nil, JSONB("[]")]], type: "jsonb[]", pool: pool)
                try await check([[[UInt8]?](), [nil, [], [9]]], type: "bytea[]", pool: pool)
                try await check([[Timestamp?](), [.infinity, nil]], type: "timestamptz[]", pool: pool)
            }
        }
    }

    @Test func `several arrays unnest side by side`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                let ids = [UUID(), UUID()]
                let rows = try await pool.query(
                    "SELECT * FROM unnest($1::uuid[], $2::text[], $3::jsonb[]) AS t(id, title, body)",
                    [ids, ["a", nil] as [String?], [nil, JSONB("[1]")] as [JSONB?]])
                #expect(try rows.map { try $0.decode("id", as: UUID.self) } == ids)
                #expect(try rows.map { try $0.decode("title", as: String?.self) } == ["a", nil])
                #expect(try rows.map { try $0.decode("body", as: JSONB?.self) } == [nil, JSONB("[1]")])
            }
        }
    }

    @Test func `NULL goes both ways, and an empty value isn't NULL`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                let row = try await pool.query(
                    "SELECT $1::uuid, $2::text IS NULL, $3::text = '', $4::bytea, $5::int8",
                    [UUID?.none, String?.none, "", [UInt8](), Int?.some(4)]
                ).one()
                #expect(try row.decode(at: 0, as: UUID?.self) == nil)
                #expect(try row.decode(at: 1))
                #expect(try row.decode(at: 2))
                #expect(try row.decode(at: 3, as: [UInt8]?.self) == [])
                #expect(try row.decode(at: 4, as: Int?.self) == 4)
            }
        }
    }

    @Test func `a wrong type, NULL or column is an error with the column's name`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                let rows = try await pool.query(
                    "SELECT 1::int4 AS number, NULL::text AS nothing, ARRAY[1,NULL] AS list, ARRAY[[1],[2]] AS square, "
                        + "70000::int4 AS big, 1.5::numeric AS decimal")
                let row = try rows.one()
                func reason(_ body: () throws -> Void) -> String {
                    let error = #expect(throws: DatabaseError.self) { try body() }
                    #expect(error?.code == .decoding)
                    return error?.reason ?? ""
                }
                #expect(reason { _ = try row.decode("number", as: String.self) }.contains("column number: type 23"))
                #expect(reason { _ = try row.decode("nothing", as: String.self) }.contains("NULL where String"))
                #expect(reason { _ = try row.decode("list", as: [Int].self) }.contains("NULL where Int"))
                #expect(reason { _ = try row.decode("square", as: [Int].self) }.contains("column square"))
                #expect(reason { _ = try row.decode("big", as: Int16.self) }.contains("column big"))
                #expect(reason { _ = try row.decode("decimal", as: Double.self) }.contains("type 1700"))
                #expect(reason { _ = try row.decode("absent", as: Int.self) } == "no column absent")
                #expect(reason { _ = try row.decode(at: 6, as: Int.self) }.contains("no column 6"))
                #expect(reason { _ = try row.decode(at: -1, as: Int.self) }.contains("no column -1"))
                #expect(try row.decode("list", as: [Int?].self) == [1, nil])
                #expect(try row.decode("number", as: Int.self) == 1)
            }
        }
    }

    @Test func `an enum decodes as its text`() async throws {
        try await withDatabase { database in
            try await database.withPool { pool in
                try await pool.execute("CREATE TYPE mood AS ENUM ('fine', 'bad')")
                #expect(try await pool.query("SELECT 'bad'::mood").one().decode(at: 0, as: String.self) == "bad")
            }
        }
    }
}
