/// Why bytes are not a model that we can use.
package struct ArtifactError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The file can't be opened or read, or is no regular file.
        case unreadable
        /// More bytes than any artifact has.
        case tooLarge
        /// Empty, or shorter than the shortest artifact.
        case tooSmall
        /// Another kind of file.
        case notAnArtifact
        /// An artifact of a newer format, or one that needs what this program doesn't know; the reason says what to do.
        case unsupportedFormat
        /// Fewer bytes than the artifact says it has.
        case truncated
        /// Changed after it was written.
        case checksumMismatch
        /// The right checksum over contents that make no model.
        case malformed
    }

    package let code: Code
    package let reason: String

    package var description: String { "\(code.rawValue): \(reason)" }

    static func malformed(_ reason: String) -> ArtifactError { ArtifactError(code: .malformed, reason: reason) }
}
