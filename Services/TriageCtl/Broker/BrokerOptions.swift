import ArgumentParser
import Contracts
import Logging
import RabbitMQ

/// Where the broker is.
struct BrokerOptions: ParsableArguments {
    @Option(name: .customLong("amqp-url"), help: "Address of RabbitMQ (TRIAGELOOP_AMQP_URL).")
    var url: String?

    func configuration() throws -> BrokerConfiguration {
        let url = try OperatorEnvironment.needed(url, "AMQP_URL", optionName: "--amqp-url")
        do {
            return try BrokerConfiguration(url: url).named("triagectl")
        } catch {
            throw CommandFailure(.wrongSettings, "the AMQP URL is wrong: \(error.reason)")
        }
    }

    /// Opens a session for the length of `body`; what it took and didn't settle then goes back to its queue.
    func withSession<Result>(_ body: (BrokerSession) async throws -> Result) async throws -> Result {
        let session: BrokerSession
        do {
            session = try await BrokerSession.open(configuration(), logger: .silent)
        } catch let error as BrokerError {
            throw CommandFailure(
                .unavailable, "the broker can't be reached: \(error.description)", code: .brokerUnavailable)
        }
        do {
            let result = try await body(session)
            await session.close()
            return result
        } catch {
            await session.close()
            throw error
        }
    }
}
