package import Contracts

/// A parameter of a path, a query or a header: how it is read, and what is said of it, in one.
package struct Parameter<Value: Sendable>: DescribedParameter {
    package let description: ParameterDescription
    /// The value of the decoded text, or what is wrong with it.
    private let read: @Sendable (String) -> Result<Value, Fault>

    /// What is wrong with a text, to follow the parameter's name.
    struct Fault: Error {
        let detail: String

        init(_ detail: String) { self.detail = detail }
    }

    init(
        _ place: ParameterDescription.Place, _ name: String, _ summary: String, schema: JSONValue,
        isRequired: Bool = false, code: ErrorCode = .invalidParameter, example: JSONValue? = nil,
        read: @escaping @Sendable (String) -> Result<Value, Fault>
    ) {
        self.read = read
        description = ParameterDescription(
            place: place, name: name, summary: summary, schema: schema, isRequired: isRequired || place == .path,
            code: code, example: example
        ) { text in
            switch read(text) {
            case .success: nil
            case .failure(let fault): fault.detail
            }
        }
    }

    /// - Throws: the parameter's own problem, for a text that it does not take.
    package func value(of text: String) throws(Problem) -> Value {
        switch read(text) {
        case .success(let value): return value
        case .failure(let fault): throw description.problem(fault.detail)
        }
    }
}

/// A parameter whose value's type doesn't matter.
package protocol DescribedParameter: Sendable {
    var description: ParameterDescription { get }
}

/// What is said of a parameter, and whether a text is one.
package struct ParameterDescription: DescribedParameter {
    package enum Place: String, Sendable { case path, query, header }

    package let place: Place
    package let name: String
    package let summary: String
    package let schema: JSONValue
    package let isRequired: Bool
    /// What a wrong value is refused with.
    package let code: ErrorCode
    package let example: JSONValue?
    /// What is wrong with a text, or `nil`.
    package let fault: @Sendable (String) -> String?

    package var description: ParameterDescription { self }

    /// What to answer to a wrong value.
    package func problem(_ detail: String) -> Problem {
        Problem(
            code, detail: "\(name) \(detail).",
            errors: [BrokenRule(pointer: "", detail: "\(place.rawValue) parameter \(name) \(detail)", code: code)])
    }
}
