import Metrics
import Synchronization

/// What a family's series holds.
protocol MetricCell: AnyObject, Sendable {
    /// Appends the sample lines of one series.
    func render(name: String, labels: String, into text: inout String)
}

/// A counter of whole things: one atomic addition an increment.
final class CounterCell: CounterHandler, MetricCell {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        // A counter never falls.
        if amount > 0 { value.wrappingAdd(amount, ordering: .relaxed) }
    }

    func reset() { value.store(0, ordering: .relaxed) }

    func render(name: String, labels: String, into text: inout String) {
        text += name + PrometheusText.braced(labels) + " \(value.load(ordering: .relaxed))\n"
    }
}

/// A floating-point value; also counts, and stands for recorders that don't aggregate.
final class ValueCell: FloatingPointCounterHandler, MeterHandler, RecorderHandler, MetricCell {
    private let bits = Atomic<UInt64>(0)

    private func add(_ amount: Double) {
        var current = bits.load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: current) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(
                expected: current, desired: next, ordering: .relaxed)
            if exchanged { return }
            current = original
        }
    }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func increment(by amount: Double) { add(amount) }
    func decrement(by amount: Double) { add(-amount) }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func reset() { set(0.0) }

    func render(name: String, labels: String, into text: inout String) {
        let value = Double(bitPattern: bits.load(ordering: .relaxed))
        text += name + PrometheusText.braced(labels) + " \(PrometheusText.number(value))\n"
    }
}

/// A histogram; times come in nanoseconds and are kept in seconds.
final class HistogramCell: TimerHandler, RecorderHandler, MetricCell {
    private struct State {
        var counts: [Int]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        // The last one counts what is above every bound.
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        if value.isNaN { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    func render(name: String, labels: String, into text: inout String) {
        let state = state.withLock { $0 }
        let separator = labels.isEmpty ? "" : ","
        var count = 0
        for (index, inBucket) in state.counts.enumerated() {
            count += inBucket
            let bound = index < bounds.count ? PrometheusText.number(bounds[index]) : "+Inf"
            text += "\(name)_bucket{\(labels)\(separator)le=\"\(bound)\"} \(count)\n"
        }
        text += name + "_sum" + PrometheusText.braced(labels) + " \(PrometheusText.number(state.sum))\n"
        text += name + "_count" + PrometheusText.braced(labels) + " \(count)\n"
    }
}
