import CPQ
import DequeModule
import Glibc

/// One connection of a pool: owns the `PGconn` and moves it on when its socket is ready.
///
/// Lives on the pool's thread only. Every unit of work is one libpq pipeline with one Sync at its end, so that
/// BEGIN, PREPARE, the statements and COMMIT can travel together; only scripts leave pipeline mode.
final class ConnectionDriver {
    enum Phase: Equatable {
        case disconnected
        case connecting
        case ready
    }

    let index: Int
    private let configuration: DatabaseConfiguration
    private(set) var phase = Phase.disconnected
    /// Why the last attempt to connect failed or the connection was lost; taken by the pool.
    var failure: String?
    /// Whether the failed attempt was still connecting (and not a connection that was in use).
    var failedToConnect = false
    var lease: Lease?
    /// A cancel request is on its way: it could hit the next statement, so there must be none before it has arrived.
    var isCancelRequested = false
    private(set) var flight: Flight?
    private var connection: OpaquePointer?
    private var cache: StatementCache
    private var isFlushing = false
    private var wantedEvents = Int16(POLLIN)
    private var connectDeadline = ContinuousClock.now
    private var connectHost = ""
    /// How many hosts this attempt has tried and left.
    private var hostsPassed = 0
    private var rotation = 0

    init(index: Int, configuration: DatabaseConfiguration) {
        self.index = index
        self.configuration = configuration
        cache = StatementCache(limit: configuration.statementCacheLimit)
    }

    deinit { PQfinish(connection) }

    var isIdle: Bool { phase == .ready && flight == nil && !isCancelRequested }

    /// The socket and what to wait for on it.
    var interest: pollfd? {
        guard let connection, phase != .disconnected else { return nil }
        let socket = PQsocket(connection)
        guard socket >= 0 else { return nil }
        let events = phase == .connecting ? wantedEvents : Int16(isFlushing ? POLLIN | POLLOUT : POLLIN)
        return pollfd(fd: socket, events: events, revents: 0)
    }

    /// When to look at this connection even if its socket is silent.
    var deadline: ContinuousClock.Instant? { phase == .connecting ? connectDeadline : flight?.deadline }

    // MARK: Connecting

    func connect(now: ContinuousClock.Instant) {
        disconnect()
        do throws(DatabaseError) {
            let parameters = try configuration.parameters(rotation: rotation)
            connection = startConnecting(parameters)
        } catch {
            return failConnecting(error.reason)
        }
        guard let connection else { return failConnecting("no memory for a connection") }
        guard PQstatus(connection) != CONNECTION_BAD else { return failConnecting(lastMessage) }
        // libpq prints notices to standard error unless told otherwise.
        PQsetNoticeReceiver(connection, { _, _ in }, nil)
        phase = .connecting
        wantedEvents = Int16(POLLOUT)
        connectHost = currentHost
        hostsPassed = 0
        connectDeadline = now + configuration.connectTimeout
    }

    private func startConnecting(_ parameters: [(keyword: String, value: String)]) -> OpaquePointer? {
        var keywords = parameters.map { UnsafePointer(strdup($0.keyword)) } + [nil]
        var values = parameters.map { UnsafePointer(strdup($0.value)) } + [nil]
        defer { for text in keywords + values { free(UnsafeMutablePointer(mutating: text)) } }
        return PQconnectStartParams(&keywords, &values, 1)
    }

    private var currentHost: String {
        [PQhost(connection), PQport(connection)].map { $0.map { String(cString: $0) } ?? "" }.joined(separator: ":")
    }

    private func advanceConnecting(now: ContinuousClock.Instant) {
        switch PQconnectPoll(connection) {
        case PGRES_POLLING_READING: wantedEvents = Int16(POLLIN)
        case PGRES_POLLING_WRITING: wantedEvents = Int16(POLLOUT)
        case PGRES_POLLING_OK:
            guard PQsetnonblocking(connection, 1) == 0, PQenterPipelineMode(connection) == 1 else {
                return failConnecting(lastMessage)
            }
            phase = .ready
            isFlushing = false
            return
        default: return failConnecting(lastMessage)
        }
        let host = currentHost
        if host != connectHost {
            connectHost = host
            hostsPassed += 1
            connectDeadline = now + configuration.connectTimeout
        }
    }

    private func failConnecting(_ reason: String) {
        failure = reason
        failedToConnect = true
        disconnect()
    }

    private var lastMessage: String { PQerrorMessage(connection).map { trimmed($0) } ?? "no connection" }

    func disconnect() {
        PQfinish(connection)
        connection = nil
        phase = .disconnected
        cache.removeAll()
        isFlushing = false
        lease = nil
    }

    // MARK: Work

    /// Starts work on this idle connection.
    func start(_ work: Work, now: ContinuousClock.Instant) {
        switch work.kind {
        case .acquire(let begin):
            lease = Lease(id: work.id, pendingBegin: begin)
            work.succeed()
        case .script(let script):
            let begin = lease?.takeBegin().map { $0 + ";\n" } ?? ""
            startScript(begin + script, work: work, now: now)
        case .statements(let statements, let begin, let commits):
            let first = (lease?.takeBegin() ?? begin).map { [Statement.control($0)] } ?? []
            let last = commits ? [Statement.control("COMMIT")] : []
            startPipeline(
                first + statements + last, answers: first.count..<(first.count + statements.count), work: work, now: now
            )
        case .release(let commits, let resetsSession):
            startRelease(work, commits: commits, resetsSession: resetsSession, now: now)
        }
    }

    private func startRelease(_ work: Work, commits: Bool, resetsSession: Bool, now: ContinuousClock.Instant) {
        var controls: [String] = []
        if PQtransactionStatus(connection) != PQTRANS_IDLE { controls.append(commits ? "COMMIT" : "ROLLBACK") }
        if resetsSession { controls.append("DISCARD ALL") }
        guard let first = controls.first else {
            endLease()
            return work.succeed()
        }
        if resetsSession { cache.removeAll() }
        startPipeline([.control(first)], answers: 0..<0, work: work, now: now)
        flight?.followUps = Array(controls.dropFirst())
    }

    /// Ends the lease; statements that still wait in it are the caller's mistake.
    func endLease() {
        let waiting = lease?.waiting ?? []
        lease = nil
        for work in waiting { work.fail(DatabaseError(code: .closed, reason: "the connection was given back")) }
    }

    private func startScript(_ script: String, work: Work, now: ContinuousClock.Instant) {
        guard !script.utf8.contains(0) else { return work.fail(.nulInSQL) }
        let flight = Flight(work: work, statements: [], answers: 0..<0, deadline: nil)
        flight.isScript = true
        self.flight = flight
        guard PQexitPipelineMode(connection) == 1, PQsendQuery(connection, script) == 1 else { return lose() }
        flush()
    }

    private func limit(for statements: Int, now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard configuration.statementTimeout > .zero else { return nil }
        return now + configuration.statementTimeout * max(1, statements) + .seconds(2)
    }

    private func startPipeline(
        _ statements: [Statement], answers: Range<Int>, work: Work?, now: ContinuousClock.Instant
    ) {
        for statement in statements where statement.types.count > Int(UInt16.max) {
            work?.fail(DatabaseError(code: .invalidArgument, reason: "more than 65,535 parameters"))
            return
        }
        let flight = Flight(
            work: work, statements: statements, answers: answers, deadline: limit(for: statements.count, now: now))
        self.flight = flight
        for (position, statement) in statements.enumerated() {
            guard send(statement, position: position, isAlone: statements.count == 1, in: flight) else { return lose() }
        }
        guard PQpipelineSync(connection) == 1 else { return lose() }
        flush()
    }

    private func send(_ statement: Statement, position: Int, isAlone: Bool, in flight: Flight) -> Bool {
        guard statement.isPrepared else {
            flight.commands.append(.statement(position))
            return PQsendQueryParams(connection, statement.sql, 0, nil, nil, nil, nil, 1) == 1
        }
        var name = cache.name(for: statement)
        if name == nil {
            guard !statement.sql.utf8.contains(0) else {
                flight.error = .nulInSQL
                return false
            }
            let (new, evicted) = cache.insert(statement)
            for old in evicted {
                flight.commands.append(.deallocate)
                guard PQsendQueryParams(connection, "DEALLOCATE \(old)", 0, nil, nil, nil, nil, 1) == 1 else {
                    return false
                }
            }
            // A statement alone may be one that stands in no pipeline, such as CREATE DATABASE. Several are one implicit
            // transaction, which a Sync would cut.
            if isAlone, !evicted.isEmpty {
                guard PQpipelineSync(connection) == 1 else { return false }
                flight.earlySyncs += 1
            }
            flight.commands.append(.prepare(statement.sql))
            let count = Int32(statement.types.count)
            guard PQsendPrepare(connection, new, statement.sql, count, statement.types) == 1 else { return false }
            name = new
        }
        guard let name else { return false }
        flight.commands.append(.statement(position))
        return statement.withValues { values, lengths, formats in
            PQsendQueryPrepared(connection, name, Int32(lengths.count), values, lengths, formats, 1) == 1
        }
    }

    private func flush() {
        switch PQflush(connection) {
        case 0: isFlushing = false
        case 1: isFlushing = true
        default: lose()
        }
    }

    // MARK: Answers

    /// Moves the connection on after a wait.
    func service(_ events: Int16, now: ContinuousClock.Instant) {
        switch phase {
        case .disconnected: return
        case .connecting:
            if events != 0 { advanceConnecting(now: now) }
            if phase == .connecting, now >= connectDeadline {
                rotation += 1 + hostsPassed
                failConnecting("\(connectHost): no answer within \(configuration.connectTimeout)")
            }
        case .ready:
            if events & ~Int16(POLLOUT) != 0 {
                guard PQconsumeInput(connection) == 1 else { return lose() }
            }
            if isFlushing { flush() }
            collect()
            if let flight, let deadline = flight.deadline, now >= deadline {
                lose(flight.isCancelled ? .cancelled : .noAnswer)
            }
        }
    }

    private func collect() {
        var isAfterEnd = false
        while let flight, PQisBusy(connection) == 0 {
            guard let result = PQgetResult(connection) else {
                // The end of one command's results; two in a row mean that libpq expects nothing more.
                if flight.isScript { return finishScript(flight) }
                guard !isAfterEnd else { return lose() }
                isAfterEnd = true
                flight.position += 1
                continue
            }
            isAfterEnd = false
            switch PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC:
                PQclear(result)
                guard !flight.isApart else {
                    flight.earlySyncs -= 1
                    continue
                }
                finish(flight)
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
                flight.receive(ResultHandle(result))
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                PQclear(result)
                flight.error = DatabaseError(code: .invalidArgument, reason: "COPY is not supported")
                return lose()
            default:
                // An error of this command, or one skipped because of an earlier error.
                if let sql = flight.preparedSQL { cache.remove(sql) }
                // A statement to forget that the server has forgotten before is nobody's error.
                if PQresultStatus(result) != PGRES_PIPELINE_ABORTED, !flight.isApart {
                    let error = DatabaseError(result: result)
                    if error.isStalePlan, let sql = flight.statementSQL { cache.remove(sql) }
                    flight.fail(error)
                }
                PQclear(result)
            }
        }
    }

    private func finishScript(_ flight: Flight) {
        guard PQenterPipelineMode(connection) == 1 else { return lose() }
        finish(flight)
    }

    private func finish(_ flight: Flight) {
        self.flight = nil
        if case .release(_, let resetsSession)? = flight.work?.kind {
            if flight.error == nil, let next = flight.followUps.first, let work = flight.work {
                startPipeline([.control(next)], answers: 0..<0, work: work, now: .now)
                self.flight?.followUps = Array(flight.followUps.dropFirst())
                return
            }
            endLease()
            if flight.error != nil, resetsSession { disconnect() }
        }
        flight.end()
        // Whatever left a transaction open, the next holder must not be in it.
        if lease == nil, phase == .ready, PQtransactionStatus(connection) != PQTRANS_IDLE {
            guard flight.work != nil else { return disconnect() }
            startPipeline([.control("ROLLBACK")], answers: 0..<0, work: nil, now: .now)
        }
    }

    /// Gives the connection up; what was under way fails.
    func lose(_ error: DatabaseError? = nil) {
        let error = error ?? flight?.error ?? DatabaseError(code: .connectionLost, reason: lastMessage)
        let waiting = lease?.waiting ?? []
        let flight = flight
        self.flight = nil
        failure = error.reason
        disconnect()
        flight?.lose(error)
        for work in waiting { work.fail(error) }
    }

    /// Begins to cancel work that runs or waits here; answers what to send to the server, if anything.
    func cancel(_ id: UInt64, now: ContinuousClock.Instant) -> CancelHandle? {
        if let position = lease?.waiting.firstIndex(where: { $0.id == id }) {
            lease?.waiting.remove(at: position).fail(.cancelled)
            return nil
        }
        guard let flight, flight.work?.id == id, !flight.isCancelled else { return nil }
        flight.isCancelled = true
        flight.deadline = min(flight.deadline ?? now + .seconds(5), now + .seconds(5))
        guard let handle = PQgetCancel(connection) else { return nil }
        isCancelRequested = true
        return CancelHandle(handle)
    }
}
