/// Hundredths of a percent as people write them.
package enum Percent {
    /// At most two digits behind the point, such as `12.5`.
    package static func text(_ hundredths: Int) -> String {
        let rest = abs(hundredths % 100)
        let whole = "\(hundredths < 0 && hundredths > -100 ? "-" : "")\(hundredths / 100)"
        if rest == 0 { return whole }
        return rest % 10 == 0 ? "\(whole).\(rest / 10)" : "\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// Hundredths of a percentage; nil when it has a finer part or isn't a number that makes sense.
    static func hundredths(_ percent: Double) -> Int? {
        let scaled = percent * 100
        guard scaled.isFinite, abs(scaled) < 1e9, abs(scaled - scaled.rounded()) < 1e-6 else { return nil }
        return Int(scaled.rounded())
    }
}
