import Contracts
import Postgres
import TaskAPICore

/// What `GET /v1/tasks` asks for.
struct TaskQuery: Sendable {
    var tenant: String
    /// Only then what a user from whom suggestions are held back may know of a task's fields counts.
    var blindUser: String?
    var limit = 50
    var cursor: Cursor?
    var project: String?
    var status: TaskStatus?
    var author: String?
    var label: String?
    var category: String?
    var priority: String?
    var createdFrom: EventTime?
    var createdBefore: EventTime?
    var search: String?
    var order = TaskOrder.newest

    /// Tasks that are ranked at most, the newest that match.
    static let ranked = 1_000

    /// Of all but the page.
    var fingerprint: UInt64 {
        Cursor.fingerprint([
            order.rawValue, project, status?.rawValue, author, label, category, priority, createdFrom?.description,
            createdBefore?.description, search,
        ])
    }

    /// The statement of one page, with one row more than it shows when there is a next one. With relevance each row also
    /// has its rank and the newest id of those that were ranked.
    var statement: (sql: String, parameters: [any DatabaseEncodable]) {
        var builder = Builder(tenant: tenant)
        if let project { builder.add("project = ", project) }
        if let status { builder.add("status = ", status.rawValue) }
        if let author { builder.add("author = ", author) }
        if let label { builder.add("labels ? ", label) }
        for (name, value) in [("category", category), ("priority", priority)] {
            guard let value else { continue }
            let field = field(name, &builder)
            if name == "category" {
                // Under whatever name: that of today or one of before.
                let asked = builder.parameter(value)
                builder.conditions.append("\(field) = ANY ((SELECT task.label_names($1, \(asked)))::text[])")
            } else {
                builder.add(field + " = ", value)
            }
        }
        if let createdFrom { builder.add("created_at >= ", createdFrom.timestamp) }
        if let createdBefore { builder.add("created_at < ", createdBefore.timestamp) }
        var words: String?
        if let search {
            let typed = builder.parameter(search)
            builder.conditions.append("task.search_words(tenant, title, body) @@ task.search_query($1, \(typed))")
            // Without the tenant, which stands nowhere in the text.
            words = "websearch_to_tsquery('pg_catalog.english', \(typed))"
        }
        switch (order, words) {
        case (.relevance, let query?): return ranking(&builder, by: query)
        case (.oldest, _):
            if case .oldest(let last)? = cursor?.place { builder.add("id > ", last.uuid) }
            return builder.page("ORDER BY id", limit + 1)
        default:
            if case .newest(let last)? = cursor?.place { builder.add("id < ", last.uuid) }
            return builder.page("ORDER BY id DESC", limit + 1)
        }
    }

    private func ranking(
        _ builder: inout Builder, by query: String
    ) -> (sql: String, parameters: [any DatabaseEncodable]) {
        var after = ""
        if case .relevance(let top, let rank, let last)? = cursor?.place {
            builder.add("id <= ", top.uuid)
            after = "WHERE (rank, id) < (\(builder.parameter(rank))::real, \(builder.parameter(last.uuid))::uuid)"
        }
        return (
            """
            WITH matching AS MATERIALIZED (
                SELECT \(TaskRow.columns) FROM task.tasks WHERE \(builder.condition)
                ORDER BY id DESC LIMIT \(Self.ranked)
            ), ranked AS (
                SELECT *, ts_rank_cd(task.search_words(tenant, title, body), \(query), 1) AS rank,
                    (SELECT id FROM matching ORDER BY id DESC LIMIT 1) AS top
                FROM matching
            )
            SELECT \(TaskRow.names), rank, top FROM ranked \(after)
            ORDER BY rank DESC, id DESC LIMIT \(builder.parameter(limit + 1))
            """, builder.parameters
        )
    }

    /// What counts as a field's value: what a person said, or else what is suggested.
    private func field(_ name: String, _ builder: inout Builder) -> String {
        guard let blindUser else {
            return "coalesce(fields->'\(name)'->>'value', analysis->'\(name)'->>'value')"
        }
        // What another has accepted is the suggestion.
        let user = builder.parameter(blindUser)
        return """
            CASE WHEN fields->'\(name)'->>'user' = \(user) OR fields->'\(name)'->>'source' IN ('human', 'corrected') \
            THEN fields->'\(name)'->>'value' END
            """
    }

    /// A statement as it comes together; values are parameters, always.
    private struct Builder {
        var parameters: [any DatabaseEncodable]
        var conditions = ["tenant = $1"]

        init(tenant: String) { parameters = [tenant] }

        mutating func parameter(_ value: any DatabaseEncodable) -> String {
            parameters.append(value)
            return "$\(parameters.count)"
        }

        mutating func add(_ condition: String, _ value: any DatabaseEncodable) {
            conditions.append(condition + parameter(value))
        }

        var condition: String { conditions.joined(separator: " AND ") }

        mutating func page(
            _ order: String, _ limit: Int
        ) -> (sql: String, parameters: [any DatabaseEncodable]) {
            let limit = parameter(limit)
            return (
                "SELECT \(TaskRow.columns) FROM task.tasks WHERE \(condition) \(order) LIMIT \(limit)", parameters
            )
        }
    }
}

/// One page of a list.
struct TaskPage: Sendable {
    var rows: [TaskRow]
    /// Nil on the last page.
    var next: Cursor?
}

extension TaskStore {
    /// One page; what is added meanwhile is on none of the later pages twice, and moves nothing off them.
    func list(_ query: TaskQuery) async throws -> TaskPage {
        let (sql, parameters) = query.statement
        // `@@` isn't leakproof: beneath a policy it couldn't use its index (ADR 39). The WHERE names the tenant.
        let limit = query.search == nil ? LocalSetting.current : nil
        var rows = Array(
            try await LocalSetting.$current.withValue(limit) { try await pool.query(sql, parameters) })
        let hasMore = rows.count > query.limit
        if hasMore { rows.removeLast() }
        let tasks = try rows.map { try TaskRow($0) }
        guard hasMore, let last = tasks.last, let row = rows.last else { return TaskPage(rows: tasks) }
        let place: Cursor.Place =
            switch query.order {
            case .newest: .newest(last.id)
            case .oldest: .oldest(last.id)
            case .relevance:
                .relevance(
                    top: Identifier(try row.decode(at: TaskRow.count + 1)), rank: try row.decode(at: TaskRow.count),
                    last: last.id)
            }
        return TaskPage(rows: tasks, next: Cursor(place, query: query.fingerprint))
    }
}
