import Contracts
import CurlHTTP

/// The API, and the services' own word on their health.
struct DoctorHTTP: Sendable {
    private static let deadline = Duration.seconds(5)

    let options: APIOptions

    func check() async -> [DoctorFinding] {
        let client: APIClient
        do {
            client = try options.client()
        } catch {
            return [DoctorFinding(.fail, "task-api", CommandFailure(describing: error).message)]
        }
        var findings = [await api(client)]
        for service in ServiceName.allCases { findings.append(await readiness(of: service, client.http)) }
        return findings
    }

    private func api(_ client: APIClient) async -> DoctorFinding {
        var client = client
        client.deadline = Self.deadline
        do {
            _ = try await client.get("/v1/tasks?limit=1")
            return DoctorFinding(.ok, "api", "\(client.base) answers")
        } catch let error as APIUnreachable where error.mayHaveArrived {
            // With its database away it lets requests wait for a while before it refuses them.
            return DoctorFinding(
                .fail, "api", "\(client.base) takes requests but does not answer them within \(Self.deadline)",
                advice: "the other lines here may say what it waits for")
        } catch {
            return DoctorFinding(
                .fail, "api", CommandFailure(describing: error).message,
                advice: "start task-api, or set TRIAGELOOP_API_URL to where it listens")
        }
    }

    private func readiness(of service: ServiceName, _ http: HTTPClient) async -> DoctorFinding {
        let variable =
            String(service.rawValue.uppercased().map { $0 == "-" ? "_" : $0 }) + "_ADMIN_URL"
        do {
            guard let base = try OperatorEnvironment.value(variable) else {
                return DoctorFinding(
                    .warn, service.rawValue, "not checked: its admin port is not known",
                    advice: "set TRIAGELOOP_\(variable), such as http://127.0.0.1:9090")
            }
            let url = (base.hasSuffix("/") ? String(base.dropLast()) : base) + "/readyz?verbose"
            let response = try await http.execute(HTTPRequest(url: url), deadline: Self.deadline)
            if response.status == 200 { return DoctorFinding(.ok, service.rawValue, "ready (\(base))") }
            let text = String(decoding: response.body, as: UTF8.self).clipped(to: 300)
            return DoctorFinding(
                .fail, service.rawValue, "not ready (\(response.status)): \(text)",
                advice: "its log says more; the other lines here may say why")
        } catch {
            return DoctorFinding(
                .fail, service.rawValue, "its admin port does not answer: \(CommandFailure(describing: error).message)",
                advice: "start \(service.rawValue), and look at the end of its log")
        }
    }
}
