package import Metrics
import Synchronization

/// Keeps the process's metrics for swift-metrics and renders them in Prometheus's text format 0.0.4.
package final class PrometheusRegistry: MetricsFactory {
    /// What `/metrics` must answer as its `Content-Type`; Prometheus 3 refuses a scrape without it.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"
    /// The most label combinations of one metric; what comes after them is counted nowhere.
    package static let seriesLimit = 1_000

    private struct Family {
        let kind: MetricDefinition.Kind
        var series: [String: any MetricCell] = [:]
    }

    private let definitions: [String: MetricDefinition]
    private let families = Mutex<[String: Family]>([:])
    private let hasProcessMetrics: Bool

    package init(catalogue: [MetricDefinition] = MetricCatalogue.all, hasProcessMetrics: Bool = true) {
        definitions = Dictionary(catalogue.map { ($0.name, $0) }) { first, _ in first }
        self.hasProcessMetrics = hasProcessMetrics
    }

    /// Makes every metric of the process end here. Call once, before any metric is made.
    package func bootstrap() { MetricsSystem.bootstrap(self) }

    /// All metrics, by name and then by labels.
    package func render() -> String {
        let families = families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            appendHead(name, family.kind, to: &text)
            for (labels, cell) in family.series.sorted(by: { $0.key < $1.key }) {
                cell.render(name: name, labels: labels, into: &text)
            }
        }
        if hasProcessMetrics {
            for (definition, value) in ProcessStatus.now() {
                appendHead(definition.name, definition.kind, to: &text)
                text += "\(definition.name) \(PrometheusText.number(value))\n"
            }
        }
        return text
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, .counter, dimensions) { _ in CounterCell() }
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        cell(label, .counter, dimensions) { _ in ValueCell() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(label, .gauge, dimensions) { _ in ValueCell() }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if !aggregate { return cell(label, .gauge, dimensions) { _ in ValueCell() } }
        return cell(label, .histogram, dimensions) { HistogramCell(bounds: $0) }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(label, .histogram, dimensions, suffix: "_seconds") { HistogramCell(bounds: $0) }
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    /// The series of a name and labels, made at the first call.
    private func cell<Cell: MetricCell>(
        _ label: String, _ kind: MetricDefinition.Kind, _ dimensions: [(String, String)], suffix: String = "",
        make: ([Double]) -> Cell
    ) -> Cell {
        var name = PrometheusText.name(label)
        if kind == .counter, !name.hasSuffix("_total") { name += "_total" }
        if !suffix.isEmpty, !name.hasSuffix(suffix) { name += suffix }
        let labels = PrometheusText.labels(dimensions)
        let bounds = definitions[name]?.buckets ?? MetricBuckets.seconds
        return families.withLock { families in
            // One name has one type in the text format: the second type gets a name of its own.
            if let family = families[name], family.kind != kind { name += "_\(kind.rawValue)" }
            var family = families[name] ?? Family(kind: kind)
            if let known = family.series[labels] as? Cell { return known }
            let made = make(bounds)
            if family.series.count < Self.seriesLimit, family.series[labels] == nil {
                family.series[labels] = made
                families[name] = family
            }
            return made
        }
    }

    private func remove(_ handler: AnyObject) {
        families.withLock { families in
            for (name, family) in families {
                guard let labels = family.series.first(where: { $0.value === handler })?.key else { continue }
                families[name]?.series[labels] = nil
                return
            }
        }
    }

    private func appendHead(_ name: String, _ kind: MetricDefinition.Kind, to text: inout String) {
        if let help = definitions[name]?.help { text += "# HELP \(name) \(PrometheusText.help(help))\n" }
        text += "# TYPE \(name) \(kind.rawValue)\n"
    }
}
