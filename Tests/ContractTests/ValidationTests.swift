import Contracts
import Testing

/// What a payload may hold: each row breaks one rule of a payload that is otherwise in order.
struct ValidationTests {
    @Test(arguments: AnySample.all)
    func `the samples break no rule`(sample: AnySample) throws {
        #expect(throws: Never.self) { try sample.encode() }
    }

    @Test(arguments: [
        Row("data/task/tenant", ""), Row("data/task/tenant", of: 101), Row("data/task/project", "\t"),
        Row("data/task/author", of: 201), Row("data/task/title", ""), Row("data/task/title", "  \n\r\t\u{B}"),
        Row("data/task/title", "\u{A0}\u{3000}\u{2028}"), Row("data/task/title", "a\u{0}b"),
        Row("data/task/title", of: 501), Row("data/task/title", .string(String(repeating: "🛒", count: 501))),
        Row("data/task/body", .string(String(repeating: "a", count: 65_537))),
        Row("data/task/body", .string(String(repeating: "é", count: 32_769))), Row("data/task/body", "\u{0}"),
        Row("data/task/revision", 0), Row("data/task/revision", 1_000_001), Row("data/task/revision", -1),
        Row("data/task/labels", .array((0..<21).map { .string("l\($0)") })), Row("data/task/labels", ["ok", "\u{0}"]),
        Row("data/task/labels", [" "]),
        Row("data/task/tier", ""), Row("data/task/tier", of: 65), Row("data/task/tier", "go\nld"),
        Row("data/task/group", "\u{85}b"), Row("data/task/group", " \u{A0}"), Row("data/task/group", "a\u{0}"),
    ])
    func `a task event that breaks a rule neither leaves nor gets in`(row: Row) throws {
        try expectRefusal(Sample.created, row)
        try expectRefusal(Sample.edited, row)
    }

    @Test(arguments: [
        Row("data/tenant", ""), Row("data/project", of: 101), Row("data/author", "\u{0}"),
        Row("data/analysis/model_version", ""), Row("data/analysis/revision", 0),
        Row("data/analysis/category/confidence", 1.01), Row("data/analysis/category/confidence", -0.01),
        Row("data/analysis/category/value", " "), Row("data/analysis/category/value", of: 101),
        Row("data/analysis/priority/confidence", 2), Row("data/analysis/priority/value", ""),
        Row("data/analysis/effort/points", -1), Row("data/analysis/effort/points", 1_001),
        Row("data/analysis/reason", "\u{0}"), Row("data/analysis/variant", ""),
        Row("data/analysis/similar", .array((0..<21).map { _ in similar })),
        Row("data/analysis/labels", .array((0..<21).map { .string("l\($0)") })),
    ])
    func `an analysis that breaks a rule neither leaves nor gets in`(row: Row) throws {
        try expectRefusal(Sample.completed, row)
    }

    @Test(arguments: [
        Row("data/user", ""), Row("data/task/title", ""), Row("data/fields", []),
        Row("data/fields", [judged(), judged()]), Row("data/fields", [judged(field: "priority", value: "urgent")]),
        Row("data/fields", [judged(field: "priority", value: 1)]), Row("data/fields", [judged(value: "")]),
        Row("data/fields", [judged(value: .string(String(repeating: "x", count: 51)))]),
        Row("data/fields", [judged(field: "effort", value: "5")]),
        Row("data/fields", [judged(field: "effort", value: 101)]),
        Row("data/fields", [judged(field: "effort", value: -0.5)]),
        Row("data/fields", [judged(field: "effort", value: 3, suggested: 1e300)]),
        Row("data/fields", [judged(suggested: .string(String(repeating: "x", count: 101)))]),
        Row("data/fields", [judged(confidence: 1.5)]), Row("data/model_version", of: 101),
    ])
    func `a judgement that breaks a rule neither leaves nor gets in`(row: Row) throws {
        try expectRefusal(Sample.feedback, row)
    }

    @Test func `a blind judgement holds nothing that was accepted or corrected`() throws {
        var event = Sample.feedback
        #expect(event.data.blind == nil)
        event.data.blind = true
        #expect(event.data.brokenRules().map(\.pointer) == ["/fields"])
        for index in event.data.fields.indices { event.data.fields[index].provenance = .human }
        #expect(event.data.brokenRules().isEmpty)
        let read = try EventCoder.decode(FeedbackRecorded.self, from: EventCoder.encode(event))
        #expect(read.data.blind == true && read == event)
    }

    @Test(
        arguments: [
            (Provenance.accepted, "bug", "bug", true), (.corrected, "bug", "feature", false),
            (.human, "bug", "bug", true),
            (.human, "bug", "feature", false), (.human, "bug", nil, nil), (.auto, "bug", "bug", nil),
        ] as [(Provenance, String, String?, Bool?)])
    func `agreement is what the person said, seen or not`(
        provenance: Provenance, value: String, suggested: String?, agreement: Bool?
    ) {
        let judged = JudgedField(
            field: .category, value: .text(value), provenance: provenance, suggested: suggested.map { .text($0) },
            confidence: nil)
        #expect(judged.agreement == agreement)
    }

    @Test(
        arguments: [
            (8, 7.25, true), (3, 3.4, true), (3, 5, false), (0, 0.1, true), (0.5, 0, false), (4, 5, true),
            (4, 3, false),
            (1_000, 90, true),
        ] as [(Double, Double, Bool)])
    func `efforts agree when they are the same card`(one: Double, other: Double, agree: Bool) {
        #expect(TriageField.effort.agree(.number(one), .number(other)) == agree)
        #expect(TriageField.effort.agree(.number(other), .number(one)) == agree)
    }

    @Test(arguments: [
        (
            #"{"fields":[{"field":"colour","verdict":"accepted"}]}"#,
            "/fields/0/field is none of the values that are known"
        ),
        (#"{"fields":[{"field":"effort"}]}"#, "/fields/0/verdict is needed"),
        ("[]", "must be an object"), ("{", "is not valid JSON"),
    ])
    func `what does not decode is said in the sender's words`(json: String, text: String) {
        do {
            _ = try ContractJSON.decode(FeedbackDraft.self, from: Array(json.utf8))
            Issue.record("it decoded")
        } catch {
            #expect(ContractJSON.brokenRule(from: error).text == text)
        }
    }

    @Test(arguments: [
        ("2.5", "/limit must be a whole number"), ("1e300", "/limit must be a whole number"),
        (#""5""#, "/limit must be an integer"),
    ])
    func `a number that is no whole one is named`(limit: String, text: String) {
        let json = #"{"candidate":"m-1","since":"2026-01-01T00:00:00Z","limit":\#(limit)}"#
        do {
            _ = try ContractJSON.decode(ReplayDraft.self, from: Array(json.utf8))
            Issue.record("it decoded")
        } catch {
            #expect(ContractJSON.brokenRule(from: error).text == text)
            #expect(ContractJSON.brokenRule(from: error).code == .invalidField)
        }
    }

    @Test(arguments: ["", #","limit":null"#, #","limit":5"#])
    func `a replay's limit may be left out`(limit: String) throws {
        let json = #"{"candidate":"m-1","since":"2026-01-01T00:00:00Z"\#(limit)}"#
        let draft = try ContractJSON.decode(ReplayDraft.self, from: Array(json.utf8))
        #expect(draft.limit == (limit.hasSuffix("5") ? 5 : nil))
        #expect(draft.candidate == "m-1" && draft.id == nil && draft.project == nil)
    }

    @Test func `bounds are said as people write numbers`() {
        let draft = ReplayDraft(candidate: "m-1", since: EventTime(microseconds: 1), limit: 0)
        #expect(draft.brokenRules().map(\.text) == ["/limit must be from 1 to 100000"])
    }

    @Test func `a broken rule is said once, with its place if it has one`() {
        let effort = FeedbackDraft(fields: [.init(field: .effort, verdict: .corrected, value: .number(-1))])
        #expect(effort.brokenRules().map(\.text) == ["/fields/0/value must be from 0 to 100"])
        #expect(TaskEdit().brokenRules().map(\.text) == ["must change title, body or project"])
    }

    @Test func `the other events have rules too`() throws {
        try expectRefusal(Sample.failed, Row("data/reason", ""))
        try expectRefusal(Sample.failed, Row("data/revision", 0))
        try expectRefusal(Sample.trainingRequested, Row("data/requested_by", of: 201))
        try expectRefusal(Sample.trainingRequested, Row("data/reason", of: 2_001))
        try expectRefusal(Sample.trainingChanged, Row("data/examples", -1))
        try expectRefusal(Sample.trainingChanged, Row("data/reason", "\u{0}"))
        try expectRefusal(Sample.modelRegistered, Row("data/sha256", of: 63))
        try expectRefusal(Sample.modelRegistered, Row("data/sha256", of: 65))
        try expectRefusal(Sample.modelRegistered, Row("data/bytes", 0))
        try expectRefusal(Sample.modelRegistered, Row("data/version", ""))
        try expectRefusal(Sample.rolloutRequested, Row("data/action", "promote"), pointer: "/data/version")
        try expectRefusal(Sample.rolloutChanged, Row("data/generation", 0))
        try expectRefusal(Sample.rolloutChanged, Row("data/champion", ""))
        try expectRefusal(Sample.replayChunk, Row("data/number", -1))
        try expectRefusal(Sample.replayChunk, Row("data/tasks", []))
        try expectRefusal(Sample.replayChunk, Row("data/candidate_version", ""))
        try expectRefusal(Sample.replayAnswered, Row("data/fault", ""))
        try expectRefusal(Sample.taskErased, Row("data/tenant", ""))
        try expectRefusal(Sample.taskErased, Row("data/author", ""))
        try expectRefusal(Sample.taskErased, Row("data/erased_by", ""))
        let many = JSONValue.array(Array(repeating: ["what": "x", "count": 1], count: 51))
        try expectRefusal(Sample.analysisErased, Row("data/removed", many))
        try expectRefusal(Sample.analysisErased, Row("data/tenant", ""))
        try expectRefusal(Sample.trainingErased, Row("data/removed", many))
        try expectRefusal(Sample.trainingErased, Row("data/tenant", ""))
        try expectRefusal(Sample.labelsChanged, Row("data/tenant", ""))
        try expectRefusal(Sample.labelsChanged, Row("data/version", 0))
        try expectRefusal(Sample.labelsChanged, Row("data/labels", []))
        try expectRefusal(Sample.labelsChanged, Row("data/changed_by", ""))
    }

    @Test(arguments: [
        Row("correlationid", ""), Row("correlationid", of: 201), Row("correlationid", "\u{0}"), Row("subject", ""),
        Row("subject", of: 201), Row("causationid", "\u{0}"), Row("source", ""), Row("source", of: 201),
    ])
    func `the envelope has rules too`(row: Row) throws {
        try expectRefusal(Sample.created, row)
        try expectRefusal(Sample.completed, row)
        try expectRefusal(Sample.rolloutChanged, row)
    }

    @Test func `the longest texts pass, counted in Unicode scalars and in bytes`() throws {
        var event = Sample.created
        event.data.task.title = String(repeating: "🛒", count: 500)
        event.data.task.body = String(repeating: "é", count: 32_768)
        #expect(try EventCoder.decode(TaskCreated.self, from: EventCoder.encode(event)) == event)
    }

    @Test func `an analysis with a number that JSON lacks does not leave`() {
        for number in [Double.nan, .infinity, -.infinity] {
            var event = Sample.completed
            event.data.analysis.category?.distribution["bug"] = number
            #expect(throws: EventCoder.Rejection.self) { try EventCoder.encode(event) }
            event = Sample.completed
            event.data.analysis.category?.reasons[0].weight = number
            #expect(throws: EventCoder.Rejection.self) { try EventCoder.encode(event) }
            event = Sample.completed
            event.data.analysis.effort?.high = number
            #expect(throws: EventCoder.Rejection.self) { try EventCoder.encode(event) }
            event = Sample.completed
            event.data.analysis.similar[0].score = number
            #expect(throws: EventCoder.Rejection.self) { try EventCoder.encode(event) }
        }
    }

    @Test func `all broken rules are named at once`() {
        var event = Sample.created
        event.data.task.title = ""
        event.data.task.revision = 0
        #expect {
            try EventCoder.encode(event)
        } throws: { error in
            (error as? EventCoder.Rejection)?.brokenRules.map(\.pointer) == ["/data/task/title", "/data/task/revision"]
        }
    }

    @Test(arguments: [
        (TaskDraft(title: ""), "/title"), (TaskDraft(title: "a", body: "\u{0}"), "/body"),
        (TaskDraft(title: "a", project: ""), "/project"),
        (TaskDraft(title: "a", labels: (0...20).map(String.init)), "/labels"),
        (TaskDraft(title: "a", labels: [""]), "/labels"),
        (TaskDraft(title: "a", tier: ""), "/tier"), (TaskDraft(title: "a", tier: "go\tld"), "/tier"),
        (TaskDraft(title: "a", group: String(repeating: "é", count: 65)), "/group"),
    ])
    func `a draft's fault is pointed at`(draft: TaskDraft, pointer: String) {
        #expect(draft.brokenRules().map(\.pointer) == [pointer])
    }

    @Test func `an edit that changes nothing is refused as a whole`() {
        #expect(TaskEdit().brokenRules().map(\.pointer) == [""])
    }

    @Test func `a value far beyond an integer can be printed`() {
        #expect(FieldValue.number(1e300).description == "1e+300")
        #expect(FieldValue.number(.infinity).description == "inf")
        #expect(FieldValue.number(5).description == "5" && FieldValue.number(0.5).description == "0.5")
    }

    static let similar: JSONValue = [
        "task_id": "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "title": "a", "score": 0.5, "shared_terms": [],
    ]

    static func judged(
        field: JSONValue = "category", value: JSONValue = "bug", suggested: JSONValue = .null,
        confidence: JSONValue = .null
    ) -> JSONValue {
        [
            "field": field, "value": value, "provenance": "corrected", "suggested": suggested,
            "confidence": confidence,
        ]
    }

    /// What the member at `path` is set to.
    struct Row: Sendable, CustomStringConvertible {
        let path: String
        let value: JSONValue
        var description: String { "\(path) = \(value.text().prefix(40))" }

        init(_ path: String, _ value: JSONValue) { (self.path, self.value) = (path, value) }

        init(_ path: String, of characters: Int) {
            self.init(path, .string(String(repeating: "x", count: characters)))
        }
    }

    private func expectRefusal<Payload: EventPayload>(
        _ event: CloudEvent<Payload>, _ row: Row, pointer: String? = nil, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let changed = try JSONValue.parsed(ContractJSON.encode(event))
            .setting(row.path.split(separator: "/").map(String.init), to: row.value)
        let bytes = Array(changed.text().utf8)
        #expect(sourceLocation: location) {
            _ = try EventCoder.decode(Payload.self, from: bytes)
        } throws: { error in
            guard let rejection = error as? EventCoder.Rejection else { return false }
            return rejection.code == .invalidEvent
                && rejection.brokenRules.map(\.pointer) == [pointer ?? "/" + row.path]
        }
        // The type itself takes the value, so that only the rules can have said no.
        let broken = try ContractJSON.decode(CloudEvent<Payload>.self, from: bytes)
        #expect(throws: EventCoder.Rejection.self, sourceLocation: location) { try EventCoder.encode(broken) }
    }
}
