import FoundationEssentials
import Logging
import Migrations
import Postgres
import Synchronization

/// The private PostgreSQL that `TRIAGELOOP_TEST_DATABASE_URL` names; one per test process.
actor TestServer {
    private let url: DatabaseURL
    /// Few connections, shared by all tests: they only create and drop databases.
    private let pool: DatabasePool
    private var templateTask: Task<String, any Error>?

    private static let instance = Mutex<TestServer?>(nil)

    /// The server, or an error if the variable is missing.
    static func shared() throws -> TestServer {
        try instance.withLock { instance in
            if let instance { return instance }
            guard let url = ProcessInfo.processInfo.environment["TRIAGELOOP_TEST_DATABASE_URL"], !url.isEmpty else {
                throw TestDatabaseError(
                    description: "TRIAGELOOP_TEST_DATABASE_URL is missing: the libpq URI of a superuser of a private "
                        + "PostgreSQL (deploy/local/test starts one)")
            }
            let server = TestServer(url: DatabaseURL(url))
            instance = server
            return server
        }
    }

    private init(url: DatabaseURL) {
        self.url = url
        var configuration = DatabaseConfiguration(url: url.text, poolSize: 3, applicationName: "test-databases")
        // Copying a database is disk work; many tests do it at once.
        configuration.statementTimeout = .seconds(60)
        configuration.acquireTimeout = .seconds(60)
        pool = DatabasePool(configuration: configuration, logger: Logger(label: "test"))
    }

    func create(template: String) async throws -> TestDatabase {
        let name = "test_" + UUID().uuidString.lowercased().replacing("-", with: "")
        try await copy(template, to: name)
        return TestDatabase(name: name, url: url.with(database: name).text)
    }

    /// Drops the database under its users' feet, also in a cancelled test.
    func drop(_ database: TestDatabase) async {
        // Unstructured, because a cancelled task could not send the statement.
        let failure = await Task { [pool] () -> (any Error)? in
            do {
                try await pool.execute("DROP DATABASE IF EXISTS \(database.name) WITH (FORCE)")
                return nil
            } catch {
                return error
            }
        }.value
        if let failure { print("could not drop \(database.name): \(failure)") }
    }

    /// The name of a database that has the bundled migrations; made once, and again only if they change.
    func template() async throws -> String {
        if let templateTask { return try await templateTask.value }
        // Unstructured: all tests of the process share it, so none of them may cancel it.
        let task = Task { try await self.makeTemplate() }
        templateTask = task
        return try await task.value
    }

    private func makeTemplate() async throws -> String {
        let migrations = try Migration.bundled()
        let text = migrations.map { $0.label + "\n" + $0.sql }.joined(separator: "\n")
        let hash: String = try await pool.query("SELECT left(encode(sha256($1), 'hex'), 24)", [Array(text.utf8)]).one()
            .decode(at: 0)
        let name = "template_" + hash
        let draft = "draft_" + UUID().uuidString.lowercased().replacing("-", with: "")
        guard try await !exists(name) else { return name }
        try await copy("template0", to: draft)
        let configuration = DatabaseConfiguration(
            url: url.with(database: draft).text, poolSize: 1, applicationName: "test-migrations")
        try await withPool(configuration) { pool in
            _ = try await MigrationRunner(pool: pool, migrations: migrations, logger: Logger(label: "test")).run()
        }
        do {
            try await whileInUse { try await self.pool.execute("ALTER DATABASE \(draft) RENAME TO \(name)") }
        } catch let error as DatabaseError where error.sqlState == "42P04" || error.isUniqueViolation {
            // Another process was faster; its template is the same.
            try await pool.execute("DROP DATABASE \(draft) WITH (FORCE)")
        }
        return name
    }

    private func exists(_ name: String) async throws -> Bool {
        try await !pool.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]).isEmpty
    }

    private func copy(_ template: String, to name: String) async throws {
        try await whileInUse { try await self.pool.execute("CREATE DATABASE \(name) TEMPLATE \(template)") }
    }

    /// A session that has just been closed may still be in the database for some milliseconds.
    private func whileInUse(_ body: () async throws -> Void) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            do {
                return try await body()
            } catch let error as DatabaseError where error.sqlState == "55006" && ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}

/// A libpq URI with exchangeable user and database.
struct DatabaseURL: Sendable {
    private var scheme: Substring
    private var user: Substring
    private var hosts: Substring
    private var database: Substring
    private var query: Substring

    init(_ text: String) {
        let scheme = text.firstRange(of: "://").map { text[..<$0.upperBound] } ?? ""
        var rest = text[scheme.endIndex...]
        let mark = rest.firstIndex(of: "?") ?? rest.endIndex
        query = rest[mark...]
        rest = rest[..<mark]
        let authority = rest.prefix { $0 != "/" }
        database = rest.dropFirst(authority.count + 1)
        let at = authority.lastIndex(of: "@")
        user = at.map { authority[..<$0] } ?? ""
        hosts = at.map { authority[authority.index(after: $0)...] } ?? authority
        self.scheme = scheme
    }

    /// The URI in one piece again.
    var text: String { "\(scheme)\(user.isEmpty ? "" : "\(user)@")\(hosts)/\(database)\(query)" }

    func with(database: String) -> DatabaseURL {
        var copy = self
        copy.database = database[...]
        return copy
    }

    /// Another server, as `127.0.0.1:5432`.
    func with(hosts: String) -> DatabaseURL {
        var copy = self
        copy.hosts = hosts[...]
        return copy
    }

    /// The server, as `127.0.0.1:5432`.
    var address: String { String(hosts) }

    /// Another user, without a password.
    func with(user: String) -> DatabaseURL {
        var copy = self
        copy.user = user[...]
        return copy
    }
}
