/// The same thing as a task in another system, such as an issue.
package struct TaskReference: Codable, Hashable, Sendable {
    /// Which system, in one word: `github`.
    package var system: String
    /// Its name there: `acme/shop#12`.
    package var id: String
    /// Where people find it; `http` or `https`.
    package var url: String?

    package init(system: String, id: String, url: String? = nil) {
        self.system = system
        self.id = id
        self.url = url
    }

    /// The most characters of a URL.
    package static let urlCharacters = 2_000

    /// Whether a text is an address that can stand in a link: no other scheme, nothing that has to be escaped.
    package static func isAddress(_ text: String) -> Bool {
        (text.hasPrefix("https://") || text.hasPrefix("http://")) && !text.hasSuffix("://")
            && text.utf8.count <= urlCharacters && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    static func rules<Root>(
        under prefix: String, _ reference: @escaping @Sendable (Root) -> TaskReference?
    ) -> [FieldRule<Root>] {
        [
            .name("\(prefix)/system", { reference($0)?.system }, 1...64),
            .name("\(prefix)/id", { reference($0)?.id }, 1...200),
            FieldRule(
                "\(prefix)/url",
                keywords: ["maxLength": .number(Double(urlCharacters)), "pattern": "^https?://[!-~]+$"]
            ) { root in
                guard let url = reference(root)?.url, !isAddress(url) else { return nil }
                return "must be an http or https address of at most \(urlCharacters) visible ASCII characters"
            },
        ]
    }
}

extension TaskReference {
    init(from reader: inout JSONReader) throws(JSONReader.Mismatch) {
        var system, id, url: String?
        var seen = JSONReader.Members()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "system":
                try seen.insert(0)
                system = try reader.string()
            case "id":
                try seen.insert(1)
                id = try reader.string()
            case "url":
                try seen.insert(2)
                url = try reader.null() ? nil : reader.string()
            default: try reader.skip()
            }
        }
        guard let system, let id else { throw JSONReader.Mismatch() }
        self.init(system: system, id: id, url: url)
    }

    /// Its JSON, as Codable writes it.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("system")
        writer.string(system)
        writer.key("id")
        writer.string(id)
        if let url {
            writer.key("url")
            writer.string(url)
        }
        writer.endObject()
    }
}
