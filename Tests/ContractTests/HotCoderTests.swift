import Contracts
import Testing

/// The hand-written coders must be what Codable is, only faster.
struct HotCoderTests {
    @Test func `random task events are the same by both coders`() throws {
        try compare(TaskCreated.self, seeds: 0..<2_000) { values in
            values.event(TaskCreated(task: values.task()))
        }
        try compare(TaskEdited.self, seeds: 2_000..<2_500) { values in
            values.event(TaskEdited(task: values.task()))
        }
    }

    @Test func `random analyses are the same by both coders`() throws {
        try compare(AnalysisCompleted.self, seeds: 0..<2_000) { values in
            values.event(
                AnalysisCompleted(tenant: "t", project: values.filledText(), author: "a", analysis: values.analysis()))
        }
    }

    @Test func `random drafts are read the same by both readers`() throws {
        for seed in UInt64(0)..<2_000 {
            var values = RandomValues(seed: seed)
            let draft = TaskDraft(
                title: values.text(), body: values.maybe { $0.text() }, project: values.maybe { $0.text() },
                labels: values.maybe { values in values.list { $0.text() } }, tier: values.maybe { $0.text() },
                group: values.maybe { $0.text() })
            let bytes = try values.spelled(JSONValue.parsed(ContractJSON.encode(draft)))
            let fast = bytes.withUnsafeBufferPointer { TaskDraft(fastFrom: $0) }
            #expect(try fast ?? draft == ContractJSON.decode(TaskDraft.self, from: bytes), "seed \(seed)")
        }
    }

    /// The plain spelling must take the fast way; otherwise the tests above compare the slow way with itself.
    @Test func `our own spelling takes the fast way`() throws {
        try #expect(AnySample.hot.allSatisfy { try isFast($0) })
        let draft = Array(
            #"{"title":"a","body":null,"labels":["x"],"tier":"gold","group":null,"more":[1,{"y":null}]}"#.utf8)
        #expect(
            draft.withUnsafeBufferPointer { TaskDraft(fastFrom: $0) }
                == TaskDraft(title: "a", labels: ["x"], tier: "gold"))
    }

    @Test(arguments: [
        // A member given twice: Codable takes the first.
        (#"{"title":"first","title":"second"}"#, TaskDraft(title: "first")),
        (#"{"title":"a","body":null,"body":"late"}"#, TaskDraft(title: "a")),
        (#"{"title":"a","body":"b","body":null}"#, TaskDraft(title: "a", body: "b")),
        // A name with escapes is that name.
        (#"{"t\u0069tle":"a","\u0062ody":"b"}"#, TaskDraft(title: "a", body: "b")),
        (#"{"title":"a","bod\u0079":"b"}"#, TaskDraft(title: "a", body: "b")),
        (#"{"title":"a","tier":null,"tier":"gold","group":"a","group":"b"}"#, TaskDraft(title: "a", group: "a")),
        (#"  {"title" : "\ud83d\uDED2\/\b\f" , "x":{}, "y":[]} "#, TaskDraft(title: "🛒/\u{8}\u{C}")),
    ])
    func `unusual spellings mean the same to both`(text: String, draft: TaskDraft) throws {
        let bytes = Array(text.utf8)
        #expect(try ContractJSON.decode(TaskDraft.self, from: bytes) == draft)
        let fast = bytes.withUnsafeBufferPointer { TaskDraft(fastFrom: $0) }
        #expect(fast == nil || fast == draft)
    }

    @Test func `a member of the envelope that comes twice does not stand for another`() throws {
        let text = String(decoding: try Sample.created.encoded(), as: UTF8.self)
        let doubled = text.replacing(#""type":"task.created.v1""#, with: #""specversion":"1.0""#)
        #expect(doubled != text)
        #expect(throws: EventCoder.Rejection.self) {
            try EventCoder.decode(TaskCreated.self, from: Array(doubled.utf8))
        }
    }

    @Test(arguments: ["1e400", "-1e400", "1e-400", "123456789012345678901234567890", "0.1", "1E+2", "-0.0", "4.9e-324"])
    func `numbers at the edge mean the same to both`(number: String) throws {
        let text = String(decoding: try Sample.completed.encoded(), as: UTF8.self)
        for place in [#""score":0.71"#, #""low":1"#, #""revision":1"#, #""duration_microseconds":431"#] {
            let name = place.split(separator: ":")[0]
            let changed = text.replacing(place, with: "\(name):\(number)")
            #expect(changed != text)
            #expect(Verdict(AnalysisCompleted.self, Array(changed.utf8)).isAgreed, "\(name)")
        }
    }

    @Test(arguments: [Int.max, Int.min, 9_007_199_254_740_993, -1, 0])
    func `integers keep every digit`(number: Int) throws {
        var event = Sample.completed
        event.data.analysis.durationMicroseconds = number
        event.sequence = number
        for bytes in [try EventCoder.encode(event), try ContractJSON.encode(event)] {
            #expect(try EventCoder.decode(AnalysisCompleted.self, from: bytes) == event)
            #expect(try ContractJSON.decode(CloudEvent<AnalysisCompleted>.self, from: bytes) == event)
        }
    }

    private func isFast(_ sample: AnySample) throws -> Bool { try sample.isReadFast(sample.encode()) }

    private func compare<Payload: EventPayload>(
        _ type: Payload.Type, seeds: Range<UInt64>, _ make: (inout RandomValues) -> CloudEvent<Payload>
    ) throws {
        for seed in seeds {
            var values = RandomValues(seed: seed)
            let event = make(&values)
            let fast = try EventCoder.encode(event)
            let slow = try ContractJSON.encode(event)
            let parsed = try JSONValue.parsed(slow)
            try #require(try JSONValue.parsed(fast) == parsed, "seed \(seed)")
            for bytes in [fast, slow, values.spelled(parsed)] {
                try #require(try EventCoder.decode(type, from: bytes) == event, "seed \(seed)")
                try #require(try ContractJSON.decode(CloudEvent<Payload>.self, from: bytes) == event, "seed \(seed)")
            }
        }
    }
}

extension CloudEvent {
    func encoded() throws -> [UInt8] { try EventCoder.encode(self) }
}
