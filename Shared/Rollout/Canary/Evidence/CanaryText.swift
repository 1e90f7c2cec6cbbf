/// Numbers in the sentences of a rollout.
enum CanaryText {
    /// `84.1 %` for 0.841.
    static func percent(_ share: Double) -> String { "\(tenths(share * 100)) %" }

    /// `+4.2 points` for 0.042.
    static func points(_ difference: Double) -> String {
        "\(difference < 0 ? "-" : "+")\(tenths(abs(difference) * 100)) points"
    }

    /// `4 points` for 0.04, without a sign.
    static func margin(_ share: Double) -> String { "\(tenths(share * 100)) points" }

    /// `evidence 23.4 of 20`: what the bets have made of 1, and what is needed.
    static func evidence(_ wager: Wager, alpha: Double) -> String {
        "evidence \(tenths(wager.peak)) of \(tenths(1 / alpha))"
    }

    /// One digit behind the point; numbers over a million become that.
    static func tenths(_ value: Double) -> String {
        guard !value.isNaN else { return "?" }
        let tenths = Int((min(max(value, -1e6), 1e6) * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        let size = abs(tenths)
        return size % 10 == 0 ? "\(sign)\(size / 10)" : "\(sign)\(size / 10).\(size % 10)"
    }

    /// `14 days`, `3 hours`, `20 minutes`, rounded down.
    static func duration(seconds: Int64) -> String {
        let (count, unit): (Int64, String) =
            seconds >= 172_800
            ? (seconds / 86_400, "day") : seconds >= 7_200 ? (seconds / 3_600, "hour") : (seconds / 60, "minute")
        return "\(count) \(unit)\(count == 1 ? "" : "s")"
    }
}
