import Contracts
import CurlHTTP
import Foundation
import Postgres
import TestSupport

/// The three services as processes, with rollouts that fit into a test, and people who create and judge tasks.
enum RolloutSystem {
    static func settings(shadow: Int, shares: String = "25,50,100") -> [String: String] {
        [
            "TRIAGELOOP_TRAINING_MINIMUM_FEEDBACK": "1000000", "TRIAGELOOP_ROLLOUT_SHARES": shares,
            "TRIAGELOOP_ROLLOUT_GOAL": "better", "TRIAGELOOP_ROLLOUT_SHADOW_ANALYSES": "\(shadow)",
            "TRIAGELOOP_ROLLOUT_STEP_ANSWERS": "12", "TRIAGELOOP_ROLLOUT_STEP_TIME": "0s",
            "TRIAGELOOP_ROLLOUT_MINIMUM_TO_PROMOTE": "12", "TRIAGELOOP_ROLLOUT_MINIMUM_TO_ROLL_BACK": "12",
        ]
    }
}

extension RunningSystem {
    func post<Answer: Decodable>(
        _ path: String, _ body: some Encodable, user: String = "tester", as type: Answer.Type
    ) async throws -> Answer {
        let response = try await send(
            "POST", path, json: String(decoding: try ContractJSON.encode(body), as: UTF8.self), user: user)
        guard response.status == 202 else {
            throw ServiceProcess.Failure(
                description: "POST \(path): \(response.status) \(String(decoding: response.body, as: UTF8.self))")
        }
        return try ContractJSON.decode(type, from: response.body)
    }

    func get<Answer: Decodable>(_ path: String, as type: Answer.Type) async throws -> Answer {
        try ContractJSON.decode(type, from: try await send("GET", path).body)
    }

    func rollouts() async throws -> [RolloutView] { try await get("/v1/rollouts", as: Page<RolloutView>.self).items }

    /// Trains a version from what a team says of its bills, and returns its rollout as soon as it is known.
    func beginRollout() async throws -> RolloutStanding {
        for number in 0..<60 {
            let task = try await post(
                "/v1/tasks", TaskDraft(title: TrainingSamples.title(number: number), body: "", project: "shop"),
                as: TaskView.self)
            let draft = FeedbackDraft(
                fields: [.init(field: .category, verdict: .corrected, value: .text("billing"))])
            _ = try await post("/v1/tasks/\(task.id)/feedback", draft, user: "mia", as: FeedbackResult.self)
        }
        try await database.withPool { pool in
            try await eventually("the feedback is stored") {
                try await pool.query("SELECT count(*) FROM training.feedback").one().decode(at: 0, as: Int.self) == 60
            }
        }
        _ = try await post("/v1/trainings", TrainingDraft(reason: "now"), as: JSONValue.self)
        try await eventually("the rollout begins", within: .seconds(120)) { try await !self.rollouts().isEmpty }
        guard let rollout = try await rollouts().first else { throw ServiceProcess.Failure(description: "unreachable") }
        return rollout.standing
    }

    /// What each of these people gets for a task of theirs.
    func ask(_ users: [String]) async throws -> [String: TaskView] {
        try await withThrowingTaskGroup(of: (String, TaskView).self) { group in
            for (number, user) in users.enumerated() {
                group.addTask {
                    let task = try await self.post(
                        "/v1/tasks",
                        TaskDraft(title: TrainingSamples.title(number: 200 + number), body: "", project: "shop"),
                        user: user, as: TaskView.self)
                    return (user, try await self.analysed(task.id))
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    /// Each of them accepts what was suggested.
    func accept(_ answers: [String: TaskView]) async throws {
        for (user, task) in answers {
            _ = try await post(
                "/v1/tasks/\(task.id)/feedback",
                FeedbackDraft(fields: [.init(field: .category, verdict: .accepted, value: nil)]), user: user,
                as: FeedbackResult.self)
        }
    }

    func status(_ status: RolloutStatus, share: Double? = nil, within limit: Duration = .seconds(30)) async throws {
        try await eventually("the rollout is \(status.rawValue) \(share.map { "\($0)" } ?? "")", within: limit) {
            let standing = try await self.rollouts().first?.standing
            return standing?.status == status && (share == nil || standing?.sharePercent == share)
        }
    }
}

extension ServiceProcess {
    /// How late this replica of ai-analyzer followed each change of what serves, in milliseconds by generation.
    var delays: [Int: Int] {
        var delays: [Int: Int] = [:]
        for line in log.split(separator: "\n") where line.contains("model serves") {
            guard let entry = try? ContractJSON.decode(JSONValue.self, from: Array(line.utf8)),  // cut off at the end
                let generation = entry["generation"].flatMap({ Int(text: $0) }),
                let delay = entry["behind_milliseconds"].flatMap({ Int(text: $0) })
            else { continue }
            delays[generation] = delay
        }
        return delays
    }
}

extension Int {
    fileprivate init?(text: JSONValue) {
        switch text {
        case .string(let text): self.init(text)
        case .number(let number): self.init(exactly: number)
        default: return nil
        }
    }
}
