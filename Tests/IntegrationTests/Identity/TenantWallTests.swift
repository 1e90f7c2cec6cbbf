import APIKeys
import Contracts
import CurlHTTP
import Logging
import Postgres
import TestSupport
import Testing

/// The second wall: what the database shows when a statement forgets its WHERE.
struct TenantWallTests {
    private static let own = LocalSetting("triageloop.tenant", "=own")
    private static let all = LocalSetting("triageloop.tenant", "*")

    /// The service's role, with two tenants' rows in place.
    private func withRows(_ body: @Sendable (DatabasePool) async throws -> Void) async throws {
        try await withMigratedDatabase { database in
            try await database.withPool { pool in
                for tenant in ["own", "other", "*"] {
                    try await pool.execute(
                        """
                        INSERT INTO task.tasks (id, tenant, project, author, title, body, correlation_id, created_at,
                            updated_at) VALUES ($1, $2, 'p', 'a', 't', '', 'c', now(), now())
                        """, [Identifier().uuid, tenant])
                }
            }
            try await database.withPool(role: "triageloop_task", poolSize: 1) { try await body($0) }
        }
    }

    private static let count = "SELECT count(*) FROM task.tasks"

    @Test func `a statement without a WHERE sees the rows of the tenant that is named`()
        async throws
    {
        try await withRows { pool async throws in
            func seen(_ setting: LocalSetting?) async throws -> Int {
                try await LocalSetting.$current.withValue(setting) {
                    try await pool.query(Self.count).one().decode(at: 0)
                }
            }
            #expect(try await seen(Self.own) == 1)
            // The setting went with its transaction: nothing of it is left on the one connection. Replicas of the version
            // before say nothing and go on.
            #expect(try await seen(nil) == 3)
            #expect(try await seen(Self.all) == 3)
            #expect(try await seen(LocalSetting("triageloop.tenant", "=nobody")) == 0)
            // A tenant may be called so.
            #expect(try await seen(LocalSetting("triageloop.tenant", "=*")) == 1)
        }
    }

    @Test func `a transaction is limited from its first statement to its last`() async throws {
        try await withRows { pool in
            try await LocalSetting.$current.withValue(Self.own) {
                let counts = try await pool.transaction { transaction -> [Int] in
                    var counts = [try await transaction.query(Self.count).one().decode(at: 0, as: Int.self)]
                    let more = try await transaction.queries([Statement(Self.count), Statement(Self.count)])
                    counts += try more.map { try $0.one().decode(at: 0, as: Int.self) }
                    let last = try await transaction.commit(after: [Statement(Self.count)])
                    return counts + (try last.map { try $0.one().decode(at: 0, as: Int.self) })
                }
                #expect(counts == [1, 1, 1, 1])
                let together = try await pool.transaction([Statement(Self.count), Statement(Self.count)])
                #expect(try together.map { try $0.one().decode(at: 0, as: Int.self) } == [1, 1])
            }
        }
    }

    @Test func `what a request asks of the database is limited to its tenant`() async throws {
        try await LiveHarness.run(settings: LiveHarness.asking) { harness in
            let key = try await harness.key("ana", of: "shop").secret
            let id = try await harness.ask("POST", "/v1/tasks", #"{"title":"x"}"#, as: key).decoded(TaskView.self).id
            // From now on a statement that says anything else finds nothing.
            try await harness.pool.execute(
                """
                CREATE POLICY named ON task.tasks AS RESTRICTIVE FOR SELECT
                USING (current_setting('triageloop.tenant', true) = '=shop')
                """)
            #expect(try await harness.ask("GET", "/v1/tasks/\(id)", as: key).status == 200)
            let list = try await harness.ask("GET", "/v1/tasks", as: key)
            #expect(try list.decoded(Page<TaskView>.self).items.map(\.id) == [id])
        }
    }

    @Test func `no row of another tenant can be changed, removed or made`() async throws {
        try await withRows { pool in
            try await LocalSetting.$current.withValue(Self.own) { () async throws in
                #expect(try await pool.execute("UPDATE task.tasks SET title = 'changed'") == 1)
                #expect(try await pool.execute("DELETE FROM task.tasks WHERE tenant = 'other'") == 0)
                let error = await #expect(throws: DatabaseError.self) {
                    try await pool.execute("UPDATE task.tasks SET tenant = 'other'")
                }
                #expect(error?.sqlState == "42501")
            }
        }
    }

    @Test func `what is below a row of another tenant is as far away`() async throws {
        try await withMigratedDatabase { database in
            try await database.withPool { pool in
                for tenant in ["own", "other"] {
                    let id = Identifier().uuid
                    try await pool.execute(
                        """
                        INSERT INTO task.webhooks (id, tenant, url, types, secret, created_by, created_at)
                        VALUES ($1, $2, 'https://example.org', '{}', '', 'a', now())
                        """, [id, tenant])
                    try await pool.execute(
                        """
                        INSERT INTO task.webhook_deliveries (webhook_id, event_id, type, body, due_at)
                        VALUES ($1, $2, 't', '', now())
                        """, [id, Identifier().uuid])
                }
            }
            try await database.withPool(role: "triageloop_task", poolSize: 1) { pool in
                let count = "SELECT count(*) FROM task.webhook_deliveries"
                #expect(try await pool.query(count).one().decode(at: 0, as: Int.self) == 2)
                try await LocalSetting.$current.withValue(Self.own) { () async throws in
                    #expect(try await pool.query(count).one().decode(at: 0, as: Int.self) == 1)
                    #expect(try await pool.execute("UPDATE task.webhook_deliveries SET state = 'failed'") == 1)
                    #expect(try await pool.execute("DELETE FROM task.webhook_deliveries") == 1)
                }
                #expect(try await pool.query(count).one().decode(at: 0, as: Int.self) == 1)
            }
        }
    }

    @Test func `every table with a tenant, and what refers to one, is behind the wall`() async throws {
        try await withMigratedDatabase { database in
            try await database.withPool { pool in
                func names(_ query: String) async throws -> [String] {
                    try await pool.query(query).map { try $0.decode(at: 0, as: String.self) }
                }
                let wanted = """
                    WITH RECURSIVE walled (oid) AS (
                        SELECT pg_class.oid FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                        WHERE nspname = 'task' AND relkind IN ('r', 'p') AND EXISTS (
                            SELECT FROM pg_attribute
                            WHERE attrelid = pg_class.oid AND attname = 'tenant' AND NOT attisdropped)
                        UNION SELECT conrelid FROM pg_constraint JOIN walled ON confrelid = walled.oid
                    )
                    SELECT relname::text FROM walled JOIN pg_class ON pg_class.oid = walled.oid
                    """
                #expect(Set(try await names(wanted)).isSuperset(of: ["tasks", "webhooks", "webhook_deliveries"]))
                let open = try await names(
                    wanted + """
                         WHERE NOT (relrowsecurity AND EXISTS (
                            SELECT FROM pg_policy WHERE polrelid = walled.oid AND polname = 'tenant_wall'))
                        """)
                #expect(open.isEmpty, "a migration has to call task.limit_to_tenant or limit_to_parent for these")
            }
        }
    }
}
