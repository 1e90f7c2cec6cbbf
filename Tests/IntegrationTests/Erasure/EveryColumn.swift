import Postgres

/// Looks for a word in every text, JSON and binary column of every schema: the statements come from the catalogue, so that
/// no table can be forgotten.
struct EveryColumn {
    let pool: DatabasePool

    /// `schema.table.column` of each column that holds the word in some row.
    func places(of word: String) async throws -> [String] {
        let columns = try await pool.query(
            """
            SELECT format('%I.%I', table_schema, table_name), column_name::text,
                CASE WHEN data_type = 'bytea' THEN format(
                        'position(convert_to(%1$L, ''UTF8'') IN %2$I) > 0 OR position(convert_to(%3$L, ''UTF8'') IN %2$I) > 0',
                        $1, column_name, lower($1))
                    ELSE format('%I::text ILIKE %L', column_name, '%' || $1 || '%') END
            FROM information_schema.columns
            WHERE table_schema IN ('task', 'analysis', 'training', 'registry', 'feature', 'public')
                AND (data_type IN ('text', 'character varying', 'character', 'json', 'jsonb', 'bytea', 'ARRAY', 'name', 'xml')
                    OR udt_name = 'tsvector')
                AND EXISTS (SELECT FROM information_schema.tables t WHERE t.table_schema = columns.table_schema
                    AND t.table_name = columns.table_name AND t.table_type = 'BASE TABLE')
            ORDER BY 1, 2
            """, [word])
        guard columns.count > 50 else { throw TooFew(columns: columns.count) }
        var places: [String] = []
        for row in columns {
            let (table, column): (String, String) = (try row.decode(at: 0), try row.decode(at: 1))
            let condition: String = try row.decode(at: 2)
            let found = try await pool.query("SELECT EXISTS (SELECT FROM \(table) WHERE \(condition))")
            if try found.one().decode(at: 0, as: Bool.self) { places.append("\(table).\(column)") }
        }
        return places
    }

    /// A look at too little would find nothing.
    private struct TooFew: Error {
        let columns: Int
    }
}
