import AIAnalyzer
import Contracts
import CurlHTTP
import Postgres
import TaskAPICore
import TestSupport
import Testing

/// From whom suggestions are held back, on a real broker and database.
@Suite struct HoldBackStoryTests {
    private let accept = #"{"field":"category","verdict":"accepted"}"#
    private let blind = HoldBackSamples.users(.blind, 1)[0]
    private let shown = HoldBackSamples.users(.shown, 1)[0]

    /// Marks of the suggestion in a text.
    private func leaks(_ text: some StringProtocol) -> [String] { HoldBackSamples.marks.filter { text.contains($0) } }
    private func leaks(_ response: HTTPResponse) -> [String] { leaks(String(decoding: response.body, as: UTF8.self)) }

    @Test func `who is held back finds no value of a suggestion in any view, list, timeline or stream`() async throws {
        try await LiveHarness.run(settings: HoldBackSamples.settings) { live in
            let task = try await live.create("Crash at start", user: blind)
            #expect(task.heldBack == true)
            let streams = ["/v1/events", "/v1/tasks/\(task.id)/events"]
            try await live.reading(streams[0], user: blind) { own in
                try await live.reading(streams[1], user: blind) { story in
                    try await live.reading(streams[1], user: shown) { other in
                        // Each has to be there before anything happens: progress is told to nobody later.
                        for reader in [story, other] { try await reader.wait(for: EventType.taskCreated.rawValue) }
                        let telling = live.tell(of: task)
                        telling.append("it is a zebra")
                        for reader in [own, story, other] {
                            try await reader.wait(for: EventType.analysisProgressed.rawValue)
                        }
                        telling.finish()
                        try await live.analyse([(task, HoldBackSamples.analysis(of: task))])
                        // The suggestion in another's answer.
                        #expect(try await live.judge(task.id, accept, user: shown).status == 202)
                        for reader in [own, story, other] {
                            try await reader.wait(for: EventType.feedbackRecorded.rawValue)
                        }
                        let seen = other.events.map(\.data).joined()
                        #expect(leaks(seen) == HoldBackSamples.marks, "the marks must be there for who may see them")
                        for reader in [own, story] {
                            let held = reader.events.filter { $0.data.contains(#""held_back":true"#) }.map(\.event)
                            #expect(
                                Set(held) == [
                                    EventType.analysisProgressed.rawValue, EventType.analysisCompleted.rawValue,
                                    EventType.feedbackRecorded.rawValue,
                                ])
                            #expect(leaks(reader.events.map(\.data).joined()).isEmpty)
                        }
                    }
                }
            }
            try await isHeldBackEverywhere(task, live)
        }
    }

    /// After it has all happened.
    private func isHeldBackEverywhere(_ task: TaskView, _ live: LiveHarness) async throws {
        for path in ["/v1/tasks/\(task.id)", "/v1/tasks", "/v1/tasks/\(task.id)/timeline"] {
            #expect(try await !leaks(live.call("GET", path, user: shown)).isEmpty)
            let response = try await live.call("GET", path, user: blind)
            #expect(response.status == 200 && leaks(response).isEmpty, "\(path)")
            #expect(String(decoding: response.body, as: UTF8.self).contains(#""held_back":true"#), "\(path)")
        }
        // A stream that begins now is told the past.
        try await live.reading("/v1/tasks/\(task.id)/events", user: blind) { reader in
            try await reader.wait(for: EventType.feedbackRecorded.rawValue)
            #expect(leaks(reader.events.map(\.data).joined()).isEmpty)
        }
        let view = try await live.read(TaskView.self, "/v1/tasks/\(task.id)", user: blind)
        #expect(view.heldBack == true && view.analysis == nil && view.fields == TaskFields())
        #expect(view.status == .analysed)
        let usual = try await live.read(TaskView.self, "/v1/tasks/\(task.id)", user: shown)
        #expect(usual.heldBack == nil && usual.analysis != nil && usual.fields.category?.source == .accepted)
        // The analysis is stored all the same.
        let stored: String = try await live.pool.query(
            "SELECT analysis->'category'->>'value' FROM task.tasks WHERE id = $1", [task.id.uuid]
        ).one().decode(at: 0)
        #expect(stored == "zebra")
    }

    @Test func `a replay names no task's difference to who is held back`() async throws {
        try await LiveHarness.run(settings: HoldBackSamples.settings) { live in
            let id = Identifier()
            try await live.pool.execute(
                """
                INSERT INTO task.replays (id, tenant, candidate, since, until, task_limit, state, next_before, fields,
                    requested_by, correlation_id, created_at, changed_at)
                VALUES ($1, 'default', 'm-2', now(), now(), 1, 'done', $1,
                    '[{"field": "category", "shown": 1, "differ": 1, "won": 0, "lost": 0, "ties": 0, "no_truth": 1,
                       "lost_to_accepted": 0}]', 'operator', 'replay', now(), now())
                """, [id.uuid])
            try await live.pool.execute(
                """
                INSERT INTO task.replay_differences (replay_id, task_id, field, shown, candidate, outcome)
                VALUES ($1, $1, 'category', '"zebra"', '"narwhal"', 'no_truth')
                """, [id.uuid])
            #expect(try await leaks(live.call("GET", "/v1/replays/\(id)", user: shown)) == ["zebra", "narwhal"])
            let response = try await live.call("GET", "/v1/replays/\(id)", user: blind)
            #expect(response.status == 200 && leaks(response).isEmpty)
            #expect(try ContractJSON.decode(ReplayView.self, from: response.body).omitted == 1)
        }
    }

    @Test func `a blind answer is the person's own, with what was held back beside it, and accepts nothing`()
        async throws
    {
        try await LiveHarness.run(settings: HoldBackSamples.settings) { live in
            let tap = EventTap()
            let tapping = Task { try await tap.run(live.broker) }
            defer { tapping.cancel() }
            try await tap.isListening()
            let task = try await live.create("Crash at start", user: blind)
            let early = try await live.judge(task.id, accept, user: blind)
            try await live.analyse([(task, HoldBackSamples.analysis(of: task))])
            let refused = try await live.judge(task.id, accept, user: blind)
            for response in [early, refused] {
                let problem = try ContractJSON.decode(Problem.self, from: response.body)
                #expect(response.status == 409 && problem.code == .nothingToAccept)
                #expect(problem.errors.first?.detail.contains("held back") == true)
            }
            let fields =
                #"{"field":"category","verdict":"corrected","value":"bug"},"#
                + #"{"field":"priority","verdict":"corrected","value":"high"},"#
                + #"{"field":"effort","verdict":"corrected","value":8}"#
            let response = try await live.judge(task.id, fields, user: blind)
            #expect(response.status == 202 && leaks(response).isEmpty)
            let result = try ContractJSON.decode(FeedbackResult.self, from: response.body)
            // Whether it was what was suggested is not told either.
            #expect(TriageField.allCases.allSatisfy { result.task.fields[$0]?.source == .human })

            let event = try await tap.first(FeedbackRecorded.self) { $0.task.taskID == task.id }.data
            #expect(event.blind == true && event.modelVersion == "m-1" && event.analysedAt != nil)
            #expect(event.fields.map(\.suggested) == [.text("zebra"), .text("high"), .number(7.25)])
            #expect(event.fields.allSatisfy { $0.provenance == .human && $0.confidence == 0.8642 })
            // 8 and 7.25 are the same card.
            #expect(event.fields.map(\.agreement) == [false, true, true])
            #expect(try tap.all(FeedbackRecorded.self).count == 1)
            for path in ["/v1/tasks/\(task.id)/timeline", "/v1/tasks/\(task.id)"] {
                #expect(try await leaks(live.call("GET", path, user: blind)).isEmpty)
            }
            let others = try await live.read(TaskView.self, "/v1/tasks/\(task.id)", user: shown)
            #expect(others.fields.category?.value == .text("bug"))
        }
    }

    @Test func `operators, programs and people without a name see suggestions, and don't count`() async throws {
        try await LiveHarness.run(settings: HoldBackSamples.settings) { live in
            for user in ["operator", "robot", "anonymous"] {
                let task = try await live.create("Crash", user: user)
                try await live.analyse([(task, HoldBackSamples.analysis(of: task))])
                #expect(try await live.judge(task.id, accept, user: user).status == 202)
                let view = try await live.read(TaskView.self, "/v1/tasks/\(task.id)", user: user)
                #expect(view.analysis?.category?.value == "zebra" && view.heldBack == nil)
            }
            #expect(try await live.report().items.isEmpty)
        }
    }

    @Test func `without a share everybody sees suggestions and nothing is counted`() async throws {
        try await LiveHarness.run { live in
            let task = try await live.create("Crash", user: blind)
            #expect(task.heldBack == nil)
            try await live.analyse([(task, HoldBackSamples.analysis(of: task))])
            #expect(try await live.judge(task.id, accept, user: blind).status == 202)
            let report = try await live.report()
            #expect(report.sharePercent == 0 && report.items.isEmpty)
        }
    }
}
