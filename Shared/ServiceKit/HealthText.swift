import Contracts
import Observability

/// How a health report is written.
enum HealthText {
    /// `[+]database ok`, `[-]broker failed: not connected`, and a last line with the verdict.
    static func lines(_ report: HealthReport) -> String {
        report.results.map { result in
            switch result.status {
            case .pass: "[+]\(result.name) ok\n"
            case .warn(let reason): "[+]\(result.name) ok, degraded: \(reason)\n"
            case .fail(let reason):
                "[-]\(result.name) failed: \(reason)\(result.isRequired ? "" : " (not required)")\n"
            }
        }.joined() + (report.isReady ? "readyz check passed\n" : "readyz check failed\n")
    }

    /// `application/health+json` (draft-inadarei-api-health-check-06).
    static func json(_ report: HealthReport, service: ServiceName) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        let (status, output) = words(report.status)
        writer.key("status")
        writer.string(status)
        writer.key("version")
        writer.string(BuildInfo.version)
        writer.key("serviceId")
        writer.string(service.rawValue)
        if let output {
            writer.key("output")
            writer.string(output)
        }
        writer.key("checks")
        writer.beginObject()
        let time = EventTime.now.description
        for result in report.results { append(result, time, to: &writer) }
        writer.endObject()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func append(_ result: HealthResult, _ time: String, to writer: inout JSONWriter) {
        let (status, output) = words(result.status)
        writer.key(result.name)
        writer.beginArray()
        writer.beginObject()
        writer.key("status")
        writer.string(status)
        writer.key("time")
        writer.string(time)
        if let output {
            writer.key("output")
            writer.string(output)
        }
        writer.endObject()
        writer.endArray()
    }

    private static func words(_ status: HealthStatus) -> (String, String?) {
        switch status {
        case .pass: ("pass", nil)
        case .warn(let reason): ("warn", reason)
        case .fail(let reason): ("fail", reason)
        }
    }
}
