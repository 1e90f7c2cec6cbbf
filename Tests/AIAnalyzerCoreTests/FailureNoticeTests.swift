import AIAnalyzerCore
import Contracts
import Testing

@Suite struct FailureNoticeTests {
    private static let task = Identifier()

    private func message(_ data: String) -> [UInt8] {
        Array(#"{"id":"e-1","correlationid":"story-7","data":{"task":{"task_id":"\#(Self.task)",\#(data)}}}"#.utf8)
    }

    @Test func `a dead event's task is named, with its story, even if the event breaks a rule`() throws {
        let body = message(#""tenant":"acme","author":"ana","revision":3,"title":"""#)
        let event = try #require(FailureNotice.event(ofMessage: body, code: .invalidEvent, reason: "title is empty"))
        #expect(event.data.taskID == Self.task)
        #expect(event.data.revision == 3)
        #expect(event.data.code == .invalidEvent)
        #expect(event.correlationID == "story-7")
        #expect(event.causationID == "e-1")
        #expect(throws: Never.self) { try EventCoder.encode(event) }
    }

    @Test(arguments: [
        #""tenant":"","author":"ana","revision":3"#, #""author":"ana","revision":3"#,
        #""tenant":"acme","author":"ana","revision":0"#, #""tenant":"acme","author":"ana","revision":1e300"#,
        #""tenant":"acme","author":"ana","revision":1.5"#, #""tenant":"acme","author":"ana","revision":"3""#,
    ])
    func `a message that does not say whose task it was about is not spoken of`(data: String) {
        #expect(FailureNotice.event(ofMessage: message(data), code: .invalidEvent, reason: "no") == nil)
    }

    @Test func `what is no JSON is not spoken of, and a long reason is cut`() throws {
        #expect(FailureNotice.event(ofMessage: Array("{".utf8), code: .undecodableEvent, reason: "no") == nil)
        let body = message(#""tenant":"acme","author":"ana","revision":3"#)
        let long = String(repeating: "é", count: 5_000)
        for reason in [long, ""] {
            let event = try #require(FailureNotice.event(ofMessage: body, code: .attemptsExhausted, reason: reason))
            #expect((1...1_000).contains(event.data.reason.count))
        }
    }
}
