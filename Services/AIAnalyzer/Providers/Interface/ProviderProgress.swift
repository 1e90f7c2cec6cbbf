/// A bit of an answer that is still being written: to be shown, never to be stored.
package struct ProviderProgress: Sendable, Equatable {
    /// What arrived now; unchecked text of a model.
    package var textDelta: String
    /// Unicode scalars that arrived so far, these included.
    package var characters: Int

    package init(textDelta: String, characters: Int) {
        self.textDelta = textDelta
        self.characters = characters
    }
}
