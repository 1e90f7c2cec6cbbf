import CPQ

/// Where the database is and how long anything may take.
package struct DatabaseConfiguration: Sendable {
    /// A libpq URI; several hosts, `target_session_attrs`, `sslmode` and `sslrootcert` work as libpq documents them.
    package var url: String
    /// The most connections that are open at once.
    package var poolSize: Int
    /// Shown in `pg_stat_activity`; the URI's own `application_name` wins.
    package var applicationName: String
    /// PostgreSQL ends a statement that runs longer; zero: no limit. The client gives up two seconds after it.
    package var statementTimeout: Duration = .seconds(15)
    /// The longest one attempt to connect to one host may take.
    package var connectTimeout: Duration = .seconds(5)
    /// The longest a statement waits for a connection, also while there is no database.
    package var acquireTimeout: Duration = .seconds(10)
    /// The longest a closing pool waits for what is still running.
    package var shutdownTimeout: Duration = .seconds(5)
    /// Idle time before TCP keep-alives start; then every third of it, three times.
    package var keepAliveIdle: Duration = .seconds(15)
    /// The longest sent data may stay unacknowledged before the kernel drops the connection.
    package var tcpUserTimeout: Duration = .seconds(15)
    /// PostgreSQL drops a session that idles inside a transaction for longer; zero: never.
    package var idleInTransactionTimeout: Duration = .seconds(30)
    /// Plans every statement anew: for queue-like tables, whose cached plans go stale.
    package var forcesCustomPlans = false
    /// Settings of each session, by name; names and values without white space.
    package var sessionSettings: [String: String] = [:]
    /// The most prepared statements a connection keeps.
    package var statementCacheLimit = 256
    /// The most statements that may wait for a connection.
    package var waitingLimit = 20_000

    package init(url: String, poolSize: Int = 4, applicationName: String = "triageloop") {
        self.url = url
        self.poolSize = max(1, poolSize)
        self.applicationName = applicationName
    }

    /// Checks that libpq can read the URI; nothing is connected. The error never quotes the URI.
    package func validate() throws(DatabaseError) { _ = try parsed() }

    /// The URI's options as libpq reads them.
    private func parsed() throws(DatabaseError) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard !url.utf8.contains(0), let options = PQconninfoParse(url, &message) else {
            PQfreemem(message)
            throw DatabaseError(code: .invalidArgument, reason: "the database URL is not a libpq URI")
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }

    /// What goes to `PQconnectStartParams`, in its order: later entries win over earlier ones.
    /// - Parameter rotation: how many hosts of the list to move to its end, so that a silent host doesn't hide the
    ///   next one (`connect_timeout` does nothing in libpq's asynchronous interface).
    func parameters(rotation: Int) throws(DatabaseError) -> [(keyword: String, value: String)] {
        let values = try parsed()
        var parameters: [(keyword: String, value: String)] = [
            ("application_name", applicationName),
            ("keepalives_idle", "\(max(1, keepAliveIdle.wholeMilliseconds / 1000))"),
            ("keepalives_interval", "\(max(1, keepAliveIdle.wholeMilliseconds / 3000))"),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", "\(tcpUserTimeout.wholeMilliseconds)"),
            ("dbname", url),
            ("client_encoding", "UTF8"),
        ]
        for keyword in ["host", "hostaddr", "port"] {
            let list = values[keyword]?.split(separator: ",", omittingEmptySubsequences: false) ?? []
            guard list.count > 1 else { continue }
            let start = rotation % list.count
            parameters.append((keyword, (list[start...] + list[..<start]).joined(separator: ",")))
        }
        var options = values["options"].map { [$0] } ?? []
        options.append("-c statement_timeout=\(statementTimeout.wholeMilliseconds)")
        options.append("-c idle_in_transaction_session_timeout=\(idleInTransactionTimeout.wholeMilliseconds)")
        if forcesCustomPlans { options.append("-c plan_cache_mode=force_custom_plan") }
        for (name, value) in sessionSettings.sorted(by: { $0.key < $1.key }) { options.append("-c \(name)=\(value)") }
        parameters.append(("options", options.joined(separator: " ")))
        return parameters
    }
}

extension Duration {
    /// Rounded up, so that a short time never becomes "no limit".
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
