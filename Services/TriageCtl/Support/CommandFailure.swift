import ArgumentParser
import Contracts
import CurlHTTP
import Migrations
import Postgres
import RabbitMQ

/// Why a command ends without success, in words for a person.
struct CommandFailure: Error {
    /// From sysexits.h; wrong usage (64) is ArgumentParser's.
    enum Status: Int32 {
        case failed = 1
        case badData = 65
        case unavailable = 69
        case wrongSettings = 78
    }

    var status: Status
    var message: String

    init(_ status: Status = .failed, _ message: String) {
        self.status = status
        self.message = message
    }
}

/// A command whose errors are printed for people and become the exit code.
protocol OperatorCommand: AsyncParsableCommand {
    mutating func perform() async throws
}

extension OperatorCommand {
    mutating func run() async throws {
        do {
            try await perform()
        } catch let error where error is ExitCode || error is ValidationError {
            throw error
        } catch {
            let failure = CommandFailure(describing: error)
            Console.error("error: \(failure.message)")
            throw ExitCode(failure.status.rawValue)
        }
    }
}

extension CommandFailure {
    init(describing error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let problem as Problem: self = CommandFailure(problem)
        case let error as APIUnreachable: self.init(.unavailable, error.message)
        case let error as HTTPClientError: self.init(error.isRetriable ? .unavailable : .failed, error.reason)
        case let error as DecodingError:
            let rule = ContractJSON.brokenRule(from: error)
            self.init(.failed, "the answer is not what this version expects: \(rule.text)")
        case let error as BrokerError: self.init(error.isRetriable ? .unavailable : .failed, "broker: \(error)")
        case let error as DatabaseError: self.init(error.isRetriable ? .unavailable : .failed, "database: \(error)")
        case let error as MigrationError: self.init(.failed, error.reason)
        default: self.init(.failed, String(describing: error))
        }
    }

    /// All of an API's error answer that helps a person: detail, broken rules, code and correlation id.
    init(_ problem: Problem) {
        var lines = [problem.detail.isEmpty ? problem.title : problem.detail]
        for rule in problem.errors { lines.append("  \(rule.text)") }
        lines.append("  code \(problem.code.rawValue), correlation id \(problem.correlationID ?? "none")")
        self.init(problem.status == 503 ? .unavailable : .failed, lines.joined(separator: "\n"))
    }
}
