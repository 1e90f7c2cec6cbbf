/// Finds variables that are meant to be settings but are misspelt.
enum SettingNames {
    /// Read by other processes that may share an environment file, and by the build and the tests.
    private static let ofOthers: Set<String> = [
        "HTTP_HOST", "HTTP_PORT", "ADMIN_HOST", "ADMIN_PORT", "AMQP_URL", "AMQP_CA_FILE", "API_URL", "API_KEY",
        "DATABASE_URL",
        "DATABASE_POOL_SIZE", "ADMIN_DATABASE_URL", "LOG_LEVEL", "TRAINING_MINIMUM_FEEDBACK", "TRAINING_WORK_FOLDER",
        "TARGETS", "SETTINGS_FILE",
    ]

    /// Faults for the names that are one or two letters off a known one.
    static func misspelt(among names: [String], known: [String]) -> [SettingFault] {
        let prefix = SettingsReader.prefix
        let isKnown = Set(
            known + known.map { $0 + "_FILE" } + ofOthers.flatMap { [prefix + $0, prefix + $0 + "_FILE"] })
        return names.compactMap { name in
            guard !isKnown.contains(name), !name.hasPrefix(prefix + "TEST_") else { return nil }
            let meant = isKnown.map { (name: $0, distance: distance(name, $0)) }
                .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
            guard let meant, meant.distance <= 2 else { return nil }
            return SettingFault(name: name, reason: "is not a setting; is \(meant.name) meant?")
        }
    }

    /// Levenshtein's.
    private static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        if abs(left.count - right.count) > 2 { return .max }
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a == b ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
