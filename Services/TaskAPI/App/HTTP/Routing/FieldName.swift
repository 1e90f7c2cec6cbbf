import HTTPTypes

/// The name of a header field that the library has no constant for.
func fieldName(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { preconditionFailure("not a field name: \(text)") }
    return name
}
