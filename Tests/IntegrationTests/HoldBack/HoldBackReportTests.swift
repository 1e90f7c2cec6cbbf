import Contracts
import CurlHTTP
import Postgres
import TaskAPICore
import TestSupport
import Testing

/// The report on teams whose behaviour the test decides.
@Suite struct HoldBackReportTests {
    /// Judges tasks of its own, `rate` of them as suggested.
    private struct Person {
        var name: String
        var side: HoldBackSide
        var answers: Int
        var agreed: Int
    }

    /// Everybody's answers, by the API.
    private func play(_ people: [Person], tenant: String, version: String = "m-1", _ live: LiveHarness) async throws {
        var tasks: [(task: TaskView, person: Person, number: Int)] = []
        for person in people {
            for number in 0..<person.answers {
                let response = try await live.call(
                    "POST", "/v1/tasks", #"{"title":"Task \#(number)"}"#, user: person.name, tenant: tenant)
                tasks.append((try ContractJSON.decode(TaskView.self, from: response.body), person, number))
            }
        }
        try await live.analyse(
            tasks.map { task, _, _ in
                var analysis = HoldBackSamples.analysis(of: task, category: "bug")
                analysis.modelVersion = version
                return (task, analysis)
            })
        for (task, person, number) in tasks {
            let agrees = number < person.agreed
            let fields =
                agrees && person.side == .shown
                ? #"{"field":"category","verdict":"accepted"}"#
                : #"{"field":"category","verdict":"corrected","value":"\#(agrees ? "bug" : "feature")"}"#
            let response = try await live.judge(task.id, fields, user: person.name, tenant: tenant)
            #expect(response.status == 202)
        }
    }

    private func team(
        tenant: String, shown: (people: Int, answers: Int, agreed: Int), blind: (people: Int, answers: Int, agreed: Int)
    ) -> [Person] {
        func people(_ side: HoldBackSide, _ size: (people: Int, answers: Int, agreed: Int)) -> [Person] {
            HoldBackSamples.users(side, size.people, tenant: tenant).map {
                Person(name: $0, side: side, answers: size.answers, agreed: size.agreed)
            }
        }
        return people(.shown, shown) + people(.blind, blind)
    }

    @Test func `people who accept all they see and agree with 70 % unseen are found, those who don't care aren't`()
        async throws
    {
        try await LiveHarness.run(settings: HoldBackSamples.settings) { live in
            try await play(team(tenant: "swayed", shown: (10, 10, 10), blind: (10, 10, 7)), tenant: "swayed", live)
            try await play(team(tenant: "steady", shown: (10, 10, 7), blind: (10, 10, 7)), tenant: "steady", live)
            let swayed = try await live.report(tenant: "swayed")
            #expect(swayed.sharePercent == 50)
            #expect(swayed.items.map(\.modelVersion) == [nil, "m-1"])
            for item in swayed.items {
                #expect(item.field == .category && item.verdict == .anchoring)
                #expect((item.shown.people, item.shown.answers, item.shown.agreed) == (10, 100, 100))
                #expect((item.blind.people, item.blind.answers, item.blind.agreed) == (10, 100, 70))
                let difference = try #require(item.difference)
                #expect(abs(difference.value - 0.3) < 1e-9 && difference.low > 0.1 && difference.high < 0.5)
                #expect(try (#require(item.blind.low)...#require(item.blind.high)).contains(0.7))
            }
            let steady = try await live.report(tenant: "steady")
            #expect(steady.items.map(\.verdict) == [.noneShown, .noneShown])
            let difference = try #require(steady.items[0].difference)
            #expect(difference.value == 0 && difference.low < 0 && difference.high > 0)
        }
    }

    @Test func `few answers are called too few, and only a task's first word counts`() async throws {
        try await LiveHarness.run(settings: HoldBackSamples.settings) { live in
            #expect(try await live.report().items.isEmpty)
            let people = team(tenant: "default", shown: (2, 2, 2), blind: (1, 3, 1))
            try await play(people, tenant: "default", live)
            try await play(Array(people.prefix(1)), tenant: "default", version: "m-2", live)
            let report = try await live.report()
            #expect(report.items.map(\.modelVersion) == [nil, "m-2", "m-1"])
            #expect(report.items.allSatisfy { $0.verdict == .tooFew && $0.difference == nil })
            #expect(report.items[0].shown.answers == 6 && report.items[0].blind.agreed == 1)
            #expect(report.items[0].shown.low == nil && report.items[0].shown.share == 1)
            // Another person, and the same one again, about the same tasks.
            let rows = try await live.pool.query("SELECT task_id FROM task.judgements ORDER BY task_id")
            let ids = try rows.map { Identifier(try $0.decode(at: 0)) }
            #expect(ids.count == 9)
            for user in [people[0].name, people[2].name] {
                let again = #"{"field":"category","verdict":"corrected","value":"question"}"#
                for id in ids { #expect(try await live.judge(id, again, user: user).status == 202) }
            }
            #expect(try await live.report().items.map(\.shown) == report.items.map(\.shown))
            #expect(try await live.report().items.map(\.blind) == report.items.map(\.blind))
            #expect(try await live.report(tenant: "another").items.isEmpty)
        }
    }

    @Test(arguments: ["yesterday", "2999-01-01T00:00:00Z", ""])
    func `a report since no time of the past is refused`(since: String) async throws {
        try await LiveHarness.run(settings: HoldBackSamples.settings) { live in
            let response = try await live.call("GET", "/v1/insights/holdback?since=\(since)", user: "operator")
            #expect(response.status == 400)
            #expect(try ContractJSON.decode(Problem.self, from: response.body).code == .invalidParameter)
        }
    }
}
