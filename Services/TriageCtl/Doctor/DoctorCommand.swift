import ArgumentParser
import Contracts

struct DoctorCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check everything that TriageLoop needs, and say what to do.",
        discussion: """
            One line a check: ok, warn or fail. What has no address is a warning; the services' admin ports come from \
            TRIAGELOOP_TASK_API_ADMIN_URL, TRIAGELOOP_AI_ANALYZER_ADMIN_URL and \
            TRIAGELOOP_RETRAINING_TRIGGER_ADMIN_URL. Exit code 1 when a check fails.
            """)

    @Option(help: "A folder on the disk to check.")
    var diskPath = "/"

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var api: APIOptions
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var database: AdminDatabaseOptions

    func perform() async throws {
        async let ofAPI = DoctorHTTP(options: api).check()
        async let ofDatabase = DoctorDatabase(options: database).check()
        async let ofBroker = DoctorBroker(options: broker).check()
        let findings = await ofAPI + ofDatabase + ofBroker + [DoctorDisk.check(diskPath)]
        if json {
            Console.line(JSONValue.array(findings.map(\.json)).text(isPretty: true))
        } else {
            let width = findings.map(\.subject.count).max() ?? 0
            for finding in findings {
                Console.line(
                    "\(finding.level.rawValue.padded(to: 4))  \(finding.subject.padded(to: width))  \(finding.detail)")
                if let advice = finding.advice {
                    Console.line("\(String(repeating: " ", count: width + 8))-> \(advice)")
                }
            }
        }
        if findings.contains(where: { $0.level == .fail }) { throw ExitCode.failure }
    }
}

/// What one check found.
struct DoctorFinding: Sendable {
    enum Level: String, Sendable { case ok, warn, fail }

    var level: Level
    var subject: String
    var detail: String
    /// What to do about it.
    var advice: String?

    init(_ level: Level, _ subject: String, _ detail: String, advice: String? = nil) {
        self.level = level
        self.subject = subject
        self.detail = detail
        self.advice = advice
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members["level"] = .string(level.rawValue)
        members["subject"] = .string(subject)
        members["detail"] = .string(detail)
        members["advice"] = JSONValue(text: advice)
        return .object(members)
    }
}
