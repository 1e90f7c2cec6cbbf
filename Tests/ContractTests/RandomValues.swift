import Contracts

/// Random values that are allowed but nasty, and random spellings of JSON, all from one seed.
struct RandomValues {
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    static let pieces = [
        "a", "Z", " ", "\"", "\\", "/", "\n", "\r", "\t", "\u{8}", "\u{C}", "\u{1}", "\u{1F}", "\u{7F}", "é",
        "e\u{301}",
        "ß", "日本", "\u{2028}", "\u{FEFF}", "\u{FFFF}", "\u{10FFFF}", "🛒", "👩‍👩‍👧", "<", "&", "'", "\\u0041", "null", "{}",
    ]

    static let numbers: [Double] = [
        0, -0.0, 1, -1, 0.1, 1.0 / 3.0, 0.9375, 1e-7, .leastNonzeroMagnitude, .leastNormalMagnitude,
        .greatestFiniteMagnitude, 1e15,
        1e16,
        123_456_789_012_345, 9_007_199_254_740_992, 1e21, 1e22, 12345.678,
    ]

    mutating func text() -> String {
        (0..<Int.random(in: 0...8, using: &generator)).map { _ in generator.pick(Self.pieces) }.joined()
    }

    mutating func filledText() -> String { "x" + text() }

    /// A text that may be a tier: no control characters, not long.
    mutating func name() -> String {
        String(
            String.UnicodeScalarView(
                filledText().unicodeScalars.filter { $0.properties.generalCategory != .control }.prefix(64)))
    }

    mutating func number() -> Double {
        generator.chance(2) ? generator.pick(Self.numbers) : Double.random(in: -1e6...1e6, using: &generator)
    }

    mutating func share() -> Double { generator.chance(4) ? 1 : Double.random(in: 0...1, using: &generator) }

    mutating func maybe<Value>(_ make: (inout RandomValues) -> Value) -> Value? {
        generator.chance(2) ? make(&self) : nil
    }

    mutating func list<Value>(upTo count: Int = 4, _ make: (inout RandomValues) -> Value) -> [Value] {
        (0..<Int.random(in: 0...count, using: &generator)).map { _ in make(&self) }
    }

    mutating func identifier() -> Identifier { Identifier(at: time(), using: &generator) }

    mutating func time() -> EventTime {
        EventTime(microseconds: Int64.random(in: 0..<253_402_300_800_000_000, using: &generator))
    }

    mutating func event<Payload: EventPayload>(_ data: Payload) -> CloudEvent<Payload> {
        let cause = maybe { $0.identifier().description }
        var event = CloudEvent(
            id: identifier(), source: generator.pick(ServiceName.allCases), subject: filledText(), time: time(),
            story: Story(correlationID: filledText(), causationID: cause),
            sequence: maybe { Int.random(in: -5...Int.max, using: &$0.generator) }, data: data)
        if generator.chance(3) { event.traceparent = nil }
        return event
    }

    mutating func task() -> TaskSnapshot {
        TaskSnapshot(
            taskID: identifier(), tenant: filledText(), project: filledText(), author: filledText(),
            title: filledText(), body: text(), labels: list { $0.filledText() },
            revision: Int.random(in: 1...1_000_000, using: &generator), createdAt: time(),
            tier: maybe { $0.name() }, group: maybe { $0.name() },
            reference: maybe { values in
                TaskReference(
                    system: values.name(), id: values.name(), url: values.maybe { _ in "https://a.example/?q=%20#\"" })
            })
    }

    mutating func analysis() -> Analysis {
        Analysis(
            analysisID: identifier(), taskID: identifier(), revision: Int.random(in: 1...100, using: &generator),
            modelVersion: filledText(), model: maybe { $0.text() },
            variant: maybe { $0.filledText() }, rung: generator.pick(Rung.allCases),
            degraded: generator.chance(2), reason: maybe { $0.text() }, explanation: maybe { $0.text() },
            flags: maybe { $0.list { $0.filledText() } },
            category: maybe { $0.suggestion() }, priority: maybe { $0.suggestion() },
            effort: maybe { values in
                EffortSuggestion(
                    points: values.share() * 1_000, low: values.number(), high: values.number(),
                    confidence: values.share(), enoughEvidence: values.generator.chance(2))
            },
            labels: list { $0.filledText() },
            similar: list { values in
                SimilarTask(
                    taskID: values.identifier(), title: values.text(), score: values.number(),
                    sharedTerms: values.list { $0.text() })
            }, analysedAt: time(), durationMicroseconds: Int.random(in: 0...1 << 53, using: &generator))
    }

    private mutating func suggestion() -> LabelSuggestion {
        let distribution = list { values in (values.text(), values.number()) }
        return LabelSuggestion(
            value: filledText(), confidence: share(), zone: generator.pick(Zone.allCases),
            distribution: Dictionary(distribution, uniquingKeysWith: { $1 }),
            reasons: list { values in Reason(term: values.text(), field: "title", weight: values.number()) })
    }

    /// Other text for the same value: members in any order, unknown ones between, `null` for what is absent is left to
    /// the caller, white space, needless escapes.
    mutating func spelled(_ value: JSONValue) -> [UInt8] { Array(spell(value, isMap: false).utf8) }

    private mutating func spell(_ value: JSONValue, isMap: Bool) -> String {
        switch value {
        case .string(let text): return spell(text)
        case .array(let items):
            let parts = items.map { spell($0, isMap: false) }
            return "[" + space() + parts.joined(separator: space() + "," + space()) + space() + "]"
        case .object(let members):
            var parts: [String] = []
            for (name, member) in members.sorted(by: { $0.key < $1.key }).shuffled(using: &generator) {
                if !isMap, generator.chance(8) { parts.append(generator.pick(Self.unknownMembers)) }
                let key = generator.chance(30) ? spell(name) : JSONValue.string(name).text()
                parts.append(key + space() + ":" + space() + spell(member, isMap: name == "distribution"))
            }
            return "{" + space() + parts.joined(separator: space() + "," + space()) + space() + "}"
        default: return value.text()
        }
    }

    private static let unknownMembers = [
        #""new":null"#, #""new":[[],{},"\u0000",-1.5e3,true]"#, #""x y":{"type":"task.created.v1","a":{"b":[]}}"#,
        #""größe":"\ud83d\ude00""#, #""":0"#,
    ]

    private mutating func spell(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if generator.chance(6) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: generator.chance(2))
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                result += String(
                    decoding: JSONValue.string(String(scalar)).text().utf8.dropFirst().dropLast(), as: UTF8.self)
            }
        }
        return result + "\""
    }

    private mutating func space() -> String { generator.chance(5) ? generator.pick([" ", "\n", "\r\n", "\t"]) : "" }
}
