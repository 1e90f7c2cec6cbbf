package import Settings

/// Where the Ray cluster is and what runs there.
package struct RayConfiguration: Sendable, Hashable {
    /// Of the dashboard, which has the Jobs API: `http://head:8265`.
    package let url: String
    /// Sent as `Authorization: Bearer`; nil for a cluster that wants none.
    package var token: String?
    /// The program there and its first arguments; no shell reads them.
    package var command: [String]
    /// The Python that starts it.
    package var python = "python"
    /// A folder whose files come along, as `files/…`.
    package var files: String?
    /// CPUs that Ray keeps for the program; 0: none are kept.
    package var processors = 0.0
    /// PEM file of the authorities to trust in place of the system's.
    package var caFile: String?
    /// For one request.
    package var timeout: Duration = .seconds(60)
    /// Between two looks at the job.
    package var poll: Duration = .seconds(2)
    /// A larger package is refused; Ray itself takes 512 MiB.
    package var packageBytes = 256 << 20
    /// A larger candidate is refused.
    package var candidateBytes = 256 << 20

    package init(url: String, command: [String]) {
        var text = Substring(url)
        while text.hasSuffix("/") { text = text.dropLast() }
        self.url = String(text)
        self.command = command
    }

    /// What the settings `RAY_…` say; nil without an address.
    package static func read(_ reader: inout SettingsReader, command: (String) -> [String]?) -> RayConfiguration? {
        let url = reader.optionalString(
            "RAY_URL", summary: "dashboard of the Ray cluster that trains when TRAINER is ray, such as http://head:8265"
        )
        let token = reader.optionalString("RAY_TOKEN", summary: "bearer token of that cluster", isSecret: true)
        let text = reader.optionalString(
            "RAY_COMMAND", summary: "program that trains there: words, or a JSON list of them")
        let python = reader.string("RAY_PYTHON", default: "python", summary: "Python there that starts the program")
        let files = reader.optionalString(
            "RAY_FILES", summary: "folder of this machine whose files go along, as files/NAME")
        let processors = reader.number(
            "RAY_CPUS", default: 0, in: 0...10_000, unit: "CPUs", summary: "CPUs that Ray keeps for the program")
        let authorities = reader.optionalString(
            "RAY_CA_FILE", summary: "PEM file of the authorities that its https trusts")
        let timeout = reader.duration(
            "RAY_TIMEOUT", default: .seconds(60), in: .milliseconds(100)...(.seconds(3_600)),
            summary: "longest time of one request to it")
        let poll = reader.duration(
            "RAY_POLL", default: .seconds(2), in: .milliseconds(100)...(.seconds(600)),
            summary: "time between two looks at the job")
        let package = reader.integer(
            "RAY_PACKAGE_MEGABYTES", default: 256, in: 1...512, unit: "MiB",
            summary: "most bytes of what is sent: snapshot, base model, vectors and RAY_FILES")
        guard let url else { return nil }
        if !url.hasPrefix("http://") && !url.hasPrefix("https://") || url.contains("?") || url.contains(" ") {
            reader.fault("RAY_URL", "must be http:// or https://, without a query")
        }
        let words = text.flatMap(command)
        if text == nil { reader.fault("RAY_COMMAND", "is required with RAY_URL") }
        var configuration = RayConfiguration(url: url, command: words ?? [])
        configuration.token = token
        configuration.python = python
        configuration.files = files
        configuration.processors = processors
        configuration.caFile = authorities
        configuration.timeout = timeout
        configuration.poll = poll
        configuration.packageBytes = package << 20
        return configuration
    }
}
