/// When an attempt that failed is made again.
package struct WebhookSchedule: Hashable, Sendable {
    /// How far a wait may be from what the schedule says: many that failed together don't come back together.
    package static let jitter = 0.2

    /// The waits after the first attempt, the second and so on; not empty.
    package let waits: [Duration]

    /// As Standard Webhooks suggests: three days and some.
    package static let usual = WebhookSchedule([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400])

    private init(_ seconds: [Int]) { waits = seconds.map { .seconds($0) } }

    /// - Parameter text: waits such as `5s,5m,2h`; nil unless they are 1 to 30, each of a second to a week.
    package init?(_ text: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        var seconds: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let part = part.filter { $0 != " " }
            guard let unit = part.last.flatMap({ units[$0] }), let count = Int(part.dropLast()), count > 0,
                case let (value, isTooMuch) = count.multipliedReportingOverflow(by: unit), !isTooMuch,
                value <= 7 * 86_400
            else { return nil }
            seconds.append(value)
        }
        guard (1...30).contains(seconds.count) else { return nil }
        self.init(seconds)
    }

    package var text: String {
        waits.map { wait in
            let seconds = wait.components.seconds
            for (unit, length) in [("d", Int64(86_400)), ("h", 3_600), ("m", 60)] where seconds % length == 0 {
                return "\(seconds / length)\(unit)"
            }
            return "\(seconds)s"
        }.joined(separator: ",")
    }

    /// How long to wait after so many attempts; nil when that was the last one.
    /// - Parameter random: from 0 to 1.
    package func wait(afterAttempt attempt: Int, random: Double) -> Duration? {
        guard attempt >= 1, attempt <= waits.count else { return nil }
        let milliseconds = Double(waits[attempt - 1].components.seconds) * 1_000
        return .milliseconds(Int64((milliseconds * (1 - Self.jitter + 2 * Self.jitter * random)).rounded()))
    }
}
