/// What this build calls itself in logs, metrics and health answers.
package enum BuildInfo {
    package static let version = "0.1.0"
}
