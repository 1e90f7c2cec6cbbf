import Observability
import Synchronization
import Testing

@Suite struct HealthRegistryTests {
    @Test func `ready means that no required check fails`() async {
        let health = HealthRegistry()
        health.register("database") { .pass }
        health.register("model") { .warn("rules only") }
        health.register("mirror", isRequired: false) { .fail("away") }
        let report = await health.report()
        #expect(report.isReady)
        #expect(report.status == .warn("model: rules only"))
        #expect(report.results.map(\.name) == ["database", "model", "mirror"])
        health.register("database") { .fail("no connection") }
        #expect(await health.report().status == .fail("database: no connection"))
        #expect(await !health.report().isReady)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a check that hangs fails after the limit and holds nobody up`() async {
        let health = HealthRegistry(limit: .milliseconds(30))
        let release = AsyncStream.makeStream(of: Void.self)
        let runs = Mutex(0)
        health.register("database") { .pass }
        health.register("broker") {
            runs.withLock { $0 += 1 }
            // Deaf to cancellation, as a C library would be.
            await Task.detached { for await _ in release.stream {} }.value
            return .pass
        }
        for _ in 0..<3 {
            let report = await health.report()
            #expect(report.results[0].status == .pass)
            #expect(report.results[1].status == .fail("no answer within 0.03 seconds"))
        }
        #expect(runs.withLock { $0 } == 1, "a check that hangs is not started again")
        release.continuation.finish()
    }

    @Test func `a service that drains is unready`() async {
        let health = HealthRegistry()
        health.register("database") { .pass }
        #expect(await health.report().isReady)
        health.drain()
        #expect(await !health.report().isReady)
    }

    @Test func `started stays true when a check fails later`() async {
        let health = HealthRegistry()
        health.register("database") { .fail("not yet") }
        #expect(await !health.hasStarted())
        health.register("database") { .pass }
        #expect(await health.hasStarted())
        health.register("database") { .fail("gone again") }
        #expect(await health.hasStarted())
    }
}
