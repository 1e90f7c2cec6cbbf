package import Settings

/// Where custom jobs of Vertex AI run, and where their files lie.
package struct VertexConfiguration: Sendable, Hashable {
    /// `projects/PROJECT/locations/LOCATION`.
    package var parent: String
    /// The container that trains.
    package var image: String
    /// `gs://BUCKET/FOLDER`, for what goes there and comes back.
    package var folder: CloudFolder
    /// The container's program and its first arguments; empty: the image's own.
    package var command: [String] = []
    package var machineType = "e2-standard-4"
    /// Whom the container runs as; nil: the project's default.
    package var serviceAccount: String?
    /// File with the token of the calls; nil: `tokenURL` gives it.
    package var tokenFile: String?
    /// A metadata server's address.
    package var tokenURL = Self.metadata
    /// Of the interfaces; other addresses are for private endpoints and for tests.
    package var url: String
    package var storageURL = "https://storage.googleapis.com"
    package var caFile: String?
    /// For one request.
    package var timeout: Duration = .seconds(60)
    /// Between two looks at the job.
    package var poll: Duration = .seconds(10)
    package var candidateBytes = 256 << 20

    package static let metadata =
        "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"

    package init(parent: String, image: String, folder: CloudFolder) {
        self.parent = parent
        self.image = image
        self.folder = folder
        url = "https://\(Self.location(of: parent) ?? "")-aiplatform.googleapis.com"
    }

    /// The location in the name; nil for a name that isn't one.
    static func location(of parent: String) -> String? {
        let parts = parent.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "projects", parts[2] == "locations",
            parts.allSatisfy({
                !$0.isEmpty && $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-.:".contains($0)) }
            })
        else { return nil }
        return String(parts[3])
    }

    /// What the settings `VERTEX_…` say; nil without a parent.
    package static func read(_ reader: inout SettingsReader, command: (String) -> [String]?) -> VertexConfiguration? {
        let parent = reader.optionalString(
            "VERTEX_PARENT",
            summary: "projects/PROJECT/locations/LOCATION whose custom jobs train when TRAINER is vertex")
        let image = reader.string("VERTEX_IMAGE", default: "", summary: "container image that trains there")
        let folder = reader.string(
            "VERTEX_FOLDER", default: "", summary: "gs://BUCKET/FOLDER for what the jobs are given and write")
        let text = reader.optionalString(
            "VERTEX_COMMAND", summary: "program in the container, words or a JSON list; none: the image's own")
        let machine = reader.string("VERTEX_MACHINE", default: "e2-standard-4", summary: "machine type of the jobs")
        let account = reader.optionalString("VERTEX_SERVICE_ACCOUNT", summary: "whom the container runs as")
        let tokenFile = reader.optionalString(
            "VERTEX_TOKEN_PATH", summary: "file with the token of the calls, read again when it changes")
        let tokenURL = reader.string(
            "VERTEX_TOKEN_URL", default: metadata, summary: "metadata server that gives the token, without a token file"
        )
        let url = reader.optionalString("VERTEX_URL", summary: "address of the interface, in place of LOCATION's")
        let storage = reader.string(
            "VERTEX_STORAGE_URL", default: "https://storage.googleapis.com", summary: "address of Cloud Storage")
        let authorities = reader.optionalString("VERTEX_CA_FILE", summary: "PEM file of the authorities to trust")
        let timeout = reader.duration(
            "VERTEX_TIMEOUT", default: .seconds(60), in: .milliseconds(100)...(.seconds(3_600)),
            summary: "longest time of one request, the files' included")
        let poll = reader.duration(
            "VERTEX_POLL", default: .seconds(10), in: .milliseconds(100)...(.seconds(600)),
            summary: "time between two looks at the job")
        guard let parent else { return nil }
        if location(of: parent) == nil {
            reader.fault("VERTEX_PARENT", "must be projects/PROJECT/locations/LOCATION")
        }
        if image.isEmpty { reader.fault("VERTEX_IMAGE", "is required with VERTEX_PARENT") }
        let place = CloudFolder(folder)
        if place == nil { reader.fault("VERTEX_FOLDER", "must be gs://BUCKET/FOLDER with VERTEX_PARENT") }
        var configuration = VertexConfiguration(
            parent: parent, image: image, folder: place ?? CloudFolder(bucket: "", path: ""))
        configuration.command = text.flatMap(command) ?? []
        configuration.machineType = machine
        configuration.serviceAccount = account
        configuration.tokenFile = tokenFile
        configuration.tokenURL = tokenURL
        if let url { configuration.url = url }
        configuration.storageURL = storage
        configuration.caFile = authorities
        configuration.timeout = timeout
        configuration.poll = poll
        return configuration
    }
}

/// A folder of Cloud Storage.
package struct CloudFolder: Sendable, Hashable {
    let bucket: String
    /// Without slashes at its ends; not empty.
    let path: String

    init(bucket: String, path: String) {
        self.bucket = bucket
        self.path = path
    }

    /// From `gs://BUCKET/FOLDER`.
    package init?(_ url: String) {
        guard url.hasPrefix("gs://") else { return nil }
        let parts = url.dropFirst("gs://".count).split(separator: "/")
        guard parts.count > 1, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") }) else {
            return nil
        }
        self.init(bucket: String(parts[0]), path: parts.dropFirst().joined(separator: "/"))
    }

    /// A folder in it.
    func folder(_ name: String) -> CloudFolder { CloudFolder(bucket: bucket, path: "\(path)/\(name)") }

    var url: String { "gs://\(bucket)/\(path)" }

    /// Where Vertex AI shows it to a container, as files.
    var mounted: String { "/gcs/\(bucket)/\(path)" }
}
