/// A remote model is writing the analysis of a task's revision: what it has written so far.
///
/// To be shown and forgotten. Each event holds the whole text up to a bound, so that a lost one leaves no hole.
package struct AnalysisProgressed: EventPayload {
    package static var eventType: EventType { .analysisProgressed }
    /// The most text of one event, in Unicode scalars; of a longer one the end.
    package static let textCharacters = 2_000

    package var taskID: Identifier
    package var tenant: String
    package var author: String
    package var revision: Int
    /// Who writes.
    package var source: Source
    /// Counts the events of one analysis from 1; a gap is an event that was dropped.
    package var number: Int
    /// The end of what the model has written so far: unchecked, and only ever to be shown as text.
    package var text: String
    /// Unicode scalars written so far, those that no longer fit into `text` included.
    package var characters: Int

    /// The model that writes.
    package struct Source: Codable, Hashable, Sendable {
        package var rung: Rung
        /// The provider's name in the settings.
        package var provider: String
        /// The model as it is asked for.
        package var model: String
        /// The version's name in the settings.
        package var version: String

        package init(rung: Rung, provider: String, model: String, version: String) {
            self.rung = rung
            self.provider = provider
            self.model = model
            self.version = version
        }
    }

    package init(
        taskID: Identifier, tenant: String, author: String, revision: Int, source: Source, number: Int, text: String,
        characters: Int
    ) {
        self.taskID = taskID
        self.tenant = tenant
        self.author = author
        self.revision = revision
        self.source = source
        self.number = number
        self.text = text
        self.characters = characters
    }

    enum CodingKeys: String, CodingKey {
        case taskID = "task_id"
        case tenant, author, revision, source, number, text, characters
    }

    package static let rules: [FieldRule<AnalysisProgressed>] = [
        .text("tenant", { $0.tenant }, 1...100),
        .text("author", { $0.author }, 1...200),
        .range("revision", { Double($0.revision) }, 1...1_000_000),
        .text("source/provider", { $0.source.provider }, 1...200),
        .text("source/model", { $0.source.model }, 0...200),
        .text("source/version", { $0.source.version }, 0...200),
        .range("number", { Double($0.number) }, 1...1_000_000),
        .text("text", { $0.text }, 0...textCharacters),
        .range("characters", { Double($0.characters) }, 0...1_000_000_000),
    ]
}
