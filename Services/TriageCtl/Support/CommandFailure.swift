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
    /// Where the error list has it, as HTTP answers and logs say it; a problem of the API brings its own in the message.
    var code: ErrorCode?

    init(_ status: Status = .failed, _ message: String, code: ErrorCode? = nil) {
        self.status = status
        self.message = message
        self.code = code ?? (status == .wrongSettings ? .invalidSettings : nil)
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
            if let code = failure.code { Console.error("  code \(code.rawValue)") }
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
        case let error as BrokerError:
            self.init(
                error.isRetriable ? .unavailable : .failed, "broker: \(error)",
                code: error.isRetriable ? .brokerUnavailable : nil)
        case let error as DatabaseError:
            self.init(
                error.isRetriable ? .unavailable : .failed, "database: \(error)",
                code: error.isRetriable ? .databaseUnavailable : nil)
        case let error as MigrationError: self.init(.failed, error.reason)
        default: self.init(.failed, String(describing: error))
        }
    }

    /// All of an API's error answer that helps a person: detail, broken rules, code and correlation id.
    init(_ problem: Problem) {
        var lines = [problem.detail.isEmpty ? problem.title : problem.detail]
        // The detail mostly is the first of them.
        for rule in problem.errors where !lines[0].contains(rule.text) { lines.append("  \(rule.text)") }
        lines.append("  code \(problem.code.rawValue), correlation id \(problem.correlationID ?? "none")")
        self.init(problem.status == 503 ? .unavailable : .failed, lines.joined(separator: "\n"))
    }
}
