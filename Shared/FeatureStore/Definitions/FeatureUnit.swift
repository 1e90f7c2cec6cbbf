/// What a feature's number counts. All values are whole numbers, so that a value computed again is the same value.
package enum FeatureUnit: String, CaseIterable, Sendable {
    case count
    /// Thousandths of a whole, rounded down.
    case permille
    case minutes
    /// Hundredths of a story point.
    case hundredthPoints = "hundredth_points"
    case characters
    /// Of the day, 0 to 23, in UTC.
    case hour
    /// 1 is Monday, 7 is Sunday (ISO 8601), in UTC.
    case weekday
}
