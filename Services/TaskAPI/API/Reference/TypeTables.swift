import Contracts

/// The types of bodies and answers as tables of their members.
enum TypeTables {
    static func all() -> HTML {
        guard case .object(let schemas) = SchemaComponents(RouteTable.schemas).all else { return "" }
        return .joined(
            schemas.sorted { $0.key < $1.key }.map { name, schema in
                """
                <section class="card entry" id="type-\(name)"><h3><code>\(name)</code>
                <a class="hint" href="/schemas/\(name).json">schema</a></h3>\(members(of: schema))</section>
                """
            })
    }

    private static func members(of schema: JSONValue) -> HTML {
        guard case .object(let properties)? = schema["properties"] else { return "<p>\(type(schema))</p>" }
        let required = Set(schema["required"]?.texts ?? [])
        return """
            <div class="scroll"><table><thead><tr><th>Member</th><th>Value</th><th>Meaning</th></tr></thead>
            <tbody>\(.joined(properties.sorted { $0.key < $1.key }.map { name, member in
                """
                <tr><td><code>\(name)</code>\(required.contains(name) ? "" : "<span class=\"optional\">?</span>")</td><td>\(type(member))</td><td>\(HTML(inline: member["description"]?.stringValue ?? ""))</td></tr>
                """
            }))</tbody></table></div>
            """
    }

    /// A schema in words.
    static func type(_ schema: JSONValue) -> HTML {
        if let reference = schema["$ref"]?.stringValue {
            let name = String(reference.split(separator: "/").last ?? "")
            return "<a href=\"#type-\(name)\"><code>\(name)</code></a>"
        }
        if case .array(let values)? = schema["enum"] {
            return .joined(
                values.filter { $0 != .null }.enumerated().map { index, value in
                    "\(index == 0 ? "" : ", ")<code>\(value.stringValue ?? value.text())</code>"
                })
        }
        if case .array(let choices)? = schema["anyOf"], schema["type"] == nil {
            return choices.first.map(type) ?? ""
        }
        let types = (schema["type"].map { $0.texts.isEmpty ? [$0.stringValue ?? ""] : $0.texts } ?? ["any value"])
            .filter { $0 != "null" }
        var text: HTML = "\(types.joined(separator: " or "))"
        if let items = schema["items"] { text = "\(text) of \(type(items))" }
        if let values = schema["additionalProperties"] { text = "\(text), each \(type(values))" }
        return "\(text)\(bounds(of: schema))"
    }

    private static func bounds(of schema: JSONValue) -> HTML {
        var parts: [String] = []
        if let format = schema["format"]?.stringValue { parts.append(format) }
        func range(_ low: String, _ high: String, _ unit: String) {
            switch (schema[low], schema[high]) {
            case (let low?, let high?): parts.append("\(low.text()) to \(high.text())\(unit)")
            case (nil, let high?): parts.append("at most \(high.text())\(unit)")
            case (let low?, nil): parts.append("at least \(low.text())\(unit)")
            case (nil, nil): break
            }
        }
        range("minLength", "maxLength", " characters")
        range("minimum", "maximum", "")
        range("minItems", "maxItems", " items")
        if let value = schema["default"] { parts.append("default \(value.stringValue ?? value.text())") }
        return parts.isEmpty ? "" : "<br><span class=\"hint\">\(parts.joined(separator: "; "))</span>"
    }
}

extension JSONValue {
    /// The texts of an array; none of anything else.
    fileprivate var texts: [String] {
        guard case .array(let values) = self else { return [] }
        return values.compactMap(\.stringValue)
    }
}
