import Metrics
import Observability
import Testing

private let catalogue = [
    MetricDefinition("app_jobs_total", .counter, unit: "1", help: "Jobs\\done.\nAll of them."),
    MetricDefinition("app_wait_seconds", .histogram, unit: "s", buckets: [0.1, 1, 2.5], help: "Waiting."),
]

/// swift-metrics' front end on a registry of its own.
private func makeRegistry() -> PrometheusRegistry {
    PrometheusRegistry(catalogue: catalogue, hasProcessMetrics: false)
}

@Suite struct PrometheusTests {
    @Test func `the text of counters, gauges and histograms equals the golden one`() {
        let registry = makeRegistry()
        Counter(label: "app_jobs_total", dimensions: [("queue", "b"), ("outcome", "ok")], factory: registry).increment(
            by: 3)
        Counter(label: "app_jobs_total", dimensions: [("queue", "a"), ("outcome", "ok")], factory: registry).increment()
        FloatingPointCounter(label: "app.work", factory: registry).increment(by: 0.5)
        Meter(label: "app_open", factory: registry).set(4)
        let timer = Timer(label: "app_wait_seconds", dimensions: [("route", "/v1/tasks")], factory: registry)
        for milliseconds in [50, 100, 101, 2_000, 9_000] { timer.recordMilliseconds(milliseconds) }
        #expect(
            registry.render() == #"""
                # HELP app_jobs_total Jobs\\done.\nAll of them.
                # TYPE app_jobs_total counter
                app_jobs_total{outcome="ok",queue="a"} 1
                app_jobs_total{outcome="ok",queue="b"} 3
                # TYPE app_open gauge
                app_open 4
                # HELP app_wait_seconds Waiting.
                # TYPE app_wait_seconds histogram
                app_wait_seconds_bucket{route="/v1/tasks",le="0.1"} 2
                app_wait_seconds_bucket{route="/v1/tasks",le="1"} 3
                app_wait_seconds_bucket{route="/v1/tasks",le="2.5"} 4
                app_wait_seconds_bucket{route="/v1/tasks",le="+Inf"} 5
                app_wait_seconds_sum{route="/v1/tasks"} 11.251
                app_wait_seconds_count{route="/v1/tasks"} 5
                # TYPE app_work_total counter
                app_work_total 0.5

                """#)
    }

    @Test func `hostile label values are escaped`() {
        let registry = makeRegistry()
        Counter(label: "app_jobs_total", dimensions: [("a.b", "x\"y\\z\nw")], factory: registry).increment()
        #expect(registry.render().contains(#"app_jobs_total{a_b="x\"y\\z\nw"} 1"#))
    }

    @Test func `concurrent increments are all counted`() async {
        let registry = makeRegistry()
        let counter = Counter(label: "app_jobs_total", factory: registry)
        let meter = Meter(label: "app_open", factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<10_000 {
                        counter.increment()
                        meter.increment()
                    }
                }
            }
        }
        #expect(registry.render().contains("app_jobs_total 80000\n"))
        #expect(registry.render().contains("app_open 80000\n"))
    }

    @Test func `the same name and labels are one series`() {
        let registry = makeRegistry()
        for _ in 0..<3 { Counter(label: "app_jobs_total", dimensions: [("q", "a")], factory: registry).increment() }
        #expect(registry.render().contains("app_jobs_total{q=\"a\"} 3\n"))
    }

    @Test func `a destroyed gauge is gone`() {
        let registry = makeRegistry()
        let gauge = Gauge(label: "app_model_info", dimensions: [("version", "1")], factory: registry)
        gauge.record(1)
        #expect(registry.render().contains("app_model_info{version=\"1\"} 1\n"))
        gauge.destroy()
        #expect(!registry.render().contains("app_model_info"))
    }

    @Test func `one name never has two types`() {
        let registry = makeRegistry()
        Meter(label: "app_thing_total", factory: registry).set(1)
        Counter(label: "app_thing_total", factory: registry).increment()
        #expect(registry.render().split(separator: "\n").filter { $0.hasPrefix("# TYPE app_thing_total ") }.count == 1)
        #expect(registry.render().contains("app_thing_total_counter 1\n"))
    }

    @Test func `series are bounded`() {
        let registry = makeRegistry()
        for user in 0..<PrometheusRegistry.seriesLimit + 50 {
            Counter(label: "app_jobs_total", dimensions: [("user", "\(user)")], factory: registry).increment()
        }
        let series = registry.render().split(separator: "\n").filter { $0.hasPrefix("app_jobs_total{") }
        #expect(series.count == PrometheusRegistry.seriesLimit)
    }

    @Test func `the process reports itself`() {
        let text = PrometheusRegistry().render()
        for definition in MetricCatalogue.all where definition.name.hasPrefix("process_") {
            #expect(text.contains("# TYPE \(definition.name) \(definition.kind.rawValue)\n\(definition.name) "))
        }
    }

    @Test func `the catalogue keeps Prometheus' naming rules`() {
        #expect(Set(MetricCatalogue.all.map(\.name)).count == MetricCatalogue.all.count)
        for metric in MetricCatalogue.all {
            #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"), "\(metric.name)")
            #expect(metric.buckets == metric.buckets.sorted())
            #expect(metric.unit != "s" || metric.name.contains("seconds"), "\(metric.name)")
            #expect(!metric.help.isEmpty)
        }
    }
}
