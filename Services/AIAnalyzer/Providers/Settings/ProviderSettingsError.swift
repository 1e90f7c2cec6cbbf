/// Everything that is wrong with a providers file.
package struct ProviderSettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One thing that is wrong.
    package struct Fault: Sendable, Equatable, CustomStringConvertible {
        /// Where, as a JSON pointer (RFC 6901); empty for the whole file.
        package let pointer: String
        /// What is wrong, for a person; holds no value of the file but names.
        package let reason: String

        package init(pointer: String, reason: String) {
            self.pointer = pointer
            self.reason = reason
        }

        package var description: String { pointer.isEmpty ? reason : "\(pointer) \(reason)" }
    }

    /// Never empty; at most a hundred.
    package let faults: [Fault]

    package init(faults: [Fault]) { self.faults = faults }

    /// One line a fault.
    package var description: String { faults.map { "  \($0)\n" }.joined() }
}
