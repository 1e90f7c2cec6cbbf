import Contracts
import RabbitMQ

/// RabbitMQ: reachable, declared, consumed from, no dead letters.
struct DoctorBroker: Sendable {
    /// More waiting than this is worth a look.
    private static let backlogWarning = 10_000

    let options: BrokerOptions

    func check() async -> [DoctorFinding] {
        do {
            guard try options.url != nil || OperatorEnvironment.value("AMQP_URL") != nil else {
                return [DoctorFinding(.warn, "broker", "not checked: no address", advice: "set TRIAGELOOP_AMQP_URL")]
            }
            return try await options.withSession { session in
                var findings = [DoctorFinding(.ok, "broker", "lets us in")]
                for queue in Topology.workQueues { findings += try await queueFindings(of: queue, session) }
                return findings
            }
        } catch {
            return [
                DoctorFinding(
                    .fail, "broker", CommandFailure(describing: error).message,
                    advice: "start RabbitMQ, and check TRIAGELOOP_AMQP_URL")
            ]
        }
    }

    private func queueFindings(of queue: WorkQueue, _ session: BrokerSession) async throws -> [DoctorFinding] {
        do throws(BrokerError) {
            let work = try await session.queueStatus(queue.name)
            let dead = try await session.queueStatus(queue.deadLetterQueue)
            var findings = [finding(of: queue, work)]
            if dead.messages > 0 {
                findings.append(
                    DoctorFinding(
                        .warn, dead.name, "\(dead.messages) dead letters",
                        advice: "triagectl dead-letters list --queue \(queue.name), then retry"))
            }
            return findings
        } catch {
            guard error.code == .notFound else { throw error }
            return [
                DoctorFinding(
                    .fail, queue.name, "not declared",
                    advice: "start \(queue.service.rawValue), or run triagectl topology --declare")
            ]
        }
    }

    private func finding(of queue: WorkQueue, _ status: QueueStatus) -> DoctorFinding {
        let detail = "\(status.messages) waiting, \(status.consumers) consumers"
        if status.consumers == 0 {
            return DoctorFinding(.fail, queue.name, detail, advice: "nobody consumes: start \(queue.service.rawValue)")
        }
        guard status.messages <= Self.backlogWarning else {
            return DoctorFinding(
                .warn, queue.name, detail, advice: "\(queue.service.rawValue) doesn't keep up: run more of it")
        }
        return DoctorFinding(.ok, queue.name, detail)
    }
}
