package import Metrics

/// What one metric is: the table behind `/metrics`, the docs, the dashboards and the alert rules.
package struct MetricDefinition: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    package let name: String
    package let kind: Kind
    /// In the words of UCUM; `1` counts things.
    package let unit: String
    package let help: String
    package let labels: [String]
    /// Upper bounds in the metric's unit, for histograms.
    package let buckets: [Double]

    package init(
        _ name: String, _ kind: Kind, unit: String, labels: [String] = [], buckets: [Double] = MetricBuckets.seconds,
        help: String
    ) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.labels = labels
        self.buckets = kind == .histogram ? buckets : []
        self.help = help
    }

    /// A counter of this name; keep it, making one costs a look-up.
    package func counter(
        _ dimensions: [(String, String)] = [], factory: any MetricsFactory = MetricsSystem.factory
    ) -> Counter { Counter(label: name, dimensions: dimensions, factory: factory) }

    /// A gauge of this name.
    package func gauge(_ dimensions: [(String, String)] = []) -> Meter { Meter(label: name, dimensions: dimensions) }

    /// A histogram of durations.
    package func timer(
        _ dimensions: [(String, String)] = [], factory: any MetricsFactory = MetricsSystem.factory
    ) -> Timer { Timer(label: name, dimensions: dimensions, factory: factory) }

    /// A histogram of anything else.
    package func recorder(_ dimensions: [(String, String)] = []) -> Recorder {
        Recorder(label: name, dimensions: dimensions)
    }
}

/// Upper bounds of histogram buckets.
package enum MetricBuckets {
    /// OpenTelemetry's for HTTP durations.
    package static let seconds: [Double] = [
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    ]
    /// For work of microseconds, up to a slow remote call.
    package static let fineSeconds: [Double] = [
        0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5,
        10, 30,
    ]
    package static let counts: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]
}

/// Every metric of TriageLoop.
package enum MetricCatalogue {
    package static let httpRequests = MetricDefinition(
        "triageloop_http_requests_total", .counter, unit: "1", labels: ["method", "route", "status"],
        help: "HTTP requests answered.")
    package static let httpDuration = MetricDefinition(
        "triageloop_http_requests_duration_seconds", .histogram, unit: "s", labels: ["method", "route"],
        help: "Time from a request's head to its answer's head.")
    package static let tasksCreated = MetricDefinition(
        "triageloop_tasks_created_total", .counter, unit: "1", help: "Tasks stored.")
    package static let tasksErased = MetricDefinition(
        "triageloop_tasks_erased_total", .counter, unit: "1", help: "Tasks erased on request.")
    package static let credentialsRefused = MetricDefinition(
        "triageloop_credentials_refused_total", .counter, unit: "1", labels: ["reason"],
        help: "Requests that weren't let in, by why.")
    package static let outboxBacklog = MetricDefinition(
        "triageloop_outbox_backlog", .gauge, unit: "1", help: "Events stored and not yet confirmed by the broker.")
    package static let published = MetricDefinition(
        "triageloop_published_total", .counter, unit: "1", help: "Messages confirmed by the broker.")
    package static let publishFailures = MetricDefinition(
        "triageloop_publish_failures_total", .counter, unit: "1",
        help: "Messages returned, refused or not confirmed in time; they are sent again.")
    package static let deliveries = MetricDefinition(
        "triageloop_deliveries_total", .counter, unit: "1", labels: ["queue", "outcome"],
        help: "Deliveries by what became of them.")
    package static let batchSize = MetricDefinition(
        "triageloop_batch_size", .histogram, unit: "1", labels: ["batch"], buckets: MetricBuckets.counts,
        help: "Items that shared one transaction.")
    package static let analyses = MetricDefinition(
        "triageloop_analyses_total", .counter, unit: "1", labels: ["rung"],
        help: "Analyses by the rung of the ladder that answered.")
    package static let analysisDuration = MetricDefinition(
        "triageloop_analysis_duration_seconds", .histogram, unit: "s", buckets: MetricBuckets.fineSeconds,
        help: "Time to analyse one task.")
    package static let embeddings = MetricDefinition(
        "triageloop_embeddings_total", .counter, unit: "1", labels: ["outcome"],
        help: "Tasks by whether they got a vector: used, failed, or skipped while the server is held to be down.")
    package static let embeddingsDuration = MetricDefinition(
        "triageloop_embeddings_duration_seconds", .histogram, unit: "s",
        help: "Time that a batch of tasks waited for its vectors.")
    package static let feedback = MetricDefinition(
        "triageloop_feedback_total", .counter, unit: "1", labels: ["field", "verdict"],
        help: "Fields that people accepted or corrected.")
    package static let webhookAttempts = MetricDefinition(
        "triageloop_webhook_attempts_total", .counter, unit: "1", labels: ["outcome"],
        help: "Attempts to deliver events to other systems: delivered, failed, or given_up.")
    package static let webhooksDisabled = MetricDefinition(
        "triageloop_webhooks_disabled_total", .counter, unit: "1", labels: ["cause"],
        help: "Webhooks that were disabled because the endpoint is gone or failing.")
    package static let intake = MetricDefinition(
        "triageloop_intake_total", .counter, unit: "1", labels: ["kind", "outcome"],
        help: "Deliveries of other systems by what became of them; `forged` for a wrong signature.")
    package static let trainings = MetricDefinition(
        "triageloop_trainings_total", .counter, unit: "1", labels: ["state"], help: "Training jobs by state reached.")
    package static let dataChecks = MetricDefinition(
        "triageloop_data_checks_total", .counter, unit: "1", labels: ["check", "level"],
        help: "Checks of training data by what they found.")
    package static let snapshotLoads = MetricDefinition(
        "triageloop_snapshot_loads_total", .counter, unit: "1", labels: ["outcome"],
        help: "Snapshots given to SNAPSHOT_COMMAND: loaded or failed.")
    package static let servingModel = MetricDefinition(
        "triageloop_serving_model_info", .gauge, unit: "1", labels: ["version"],
        help: "1 for the model version that serves.")
    package static let servingGeneration = MetricDefinition(
        "triageloop_serving_generation", .gauge, unit: "1",
        help: "The registry's word that this replica follows; it rises with each change of what serves.")
    package static let rolloutChanges = MetricDefinition(
        "triageloop_rollout_changes_total", .counter, unit: "1", labels: ["status", "cause"],
        help: "Changes of rollouts by what they came to and why.")
    package static let challengerAnalyses = MetricDefinition(
        "triageloop_rollout_analyses_total", .counter, unit: "1", labels: ["arm", "mode", "outcome"],
        help: "Analyses while a rollout is under way, by version: done, failed, or dropped (shadow under pressure).")
    package static let mlflowVersions = MetricDefinition(
        "triageloop_mlflow_versions_total", .counter, unit: "1", labels: ["outcome"],
        help: "Times a version was to be shown in MLflow, by what became of it: shown, or the code of the fault.")
    package static let streams = MetricDefinition(
        "triageloop_sse_streams", .gauge, unit: "1", help: "Open streams of server-sent events.")
    package static let streamDrops = MetricDefinition(
        "triageloop_sse_progress_dropped_total", .counter, unit: "1",
        help: "Progress events that a stream left out: its reader was slow, or the analysis was there already.")
    package static let streamOverruns = MetricDefinition(
        "triageloop_sse_overruns_total", .counter, unit: "1",
        help: "Streams ended because their reader was too slow; they resume where they were.")
    package static let connectionsEnded = MetricDefinition(
        "triageloop_http_connections_ended_total", .counter, unit: "1", labels: ["reason"],
        help: "Connections ended because the client sent a request too slowly or did not read its answer.")
    package static let rateLimited = MetricDefinition(
        "triageloop_http_rate_limited_total", .counter, unit: "1", labels: ["quota"],
        help: "Requests refused because a quota was used up.")
    package static let progressEvents = MetricDefinition(
        "triageloop_progress_events_total", .counter, unit: "1", labels: ["outcome"],
        help: "Progress events by what became of them: sent, or dropped under pressure, as unsendable, or unconfirmed.")
    package static let providerCalls = MetricDefinition(
        "triageloop_provider_calls_total", .counter, unit: "1", labels: ["provider", "outcome"],
        help: "Times a remote model was to answer, by what became of it: answered, cached, or the code of the fault.")
    package static let breakerState = MetricDefinition(
        "triageloop_breaker_state", .gauge, unit: "1", labels: ["provider", "state"],
        help: "1 for the state that a provider's circuit breaker is in.")
    package static let degraded = MetricDefinition(
        "triageloop_degraded_analyses_total", .counter, unit: "1", labels: ["reason"],
        help: "Analyses of a lower rung than the wanted one, by why.")
    package static let repairs = MetricDefinition(
        "triageloop_repairs_total", .counter, unit: "1", labels: ["outcome"],
        help: "Degraded analyses that were made again, by what became of it.")
    package static let genAIDuration = MetricDefinition(
        "gen_ai_client_operation_duration_seconds", .histogram, unit: "s",
        labels: ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "error_type"],
        buckets: (0..<14).map { 0.01 * Double(1 << $0) }, help: "Duration of one call of a remote model.")
    package static let genAITokens = MetricDefinition(
        "gen_ai_client_token_usage", .histogram, unit: "{token}",
        labels: ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "gen_ai_token_type"],
        buckets: (0..<14).map { Double(1 << (2 * $0)) }, help: "Tokens that one call of a remote model took or gave.")
    package static let residentMemory = MetricDefinition(
        "process_resident_memory_bytes", .gauge, unit: "By", help: "Resident memory size in bytes.")
    package static let processorTime = MetricDefinition(
        "process_cpu_seconds_total", .counter, unit: "s", help: "User and system CPU time spent, in seconds.")
    package static let openDescriptors = MetricDefinition(
        "process_open_fds", .gauge, unit: "1", help: "Open file descriptors.")
    package static let startTime = MetricDefinition(
        "process_start_time_seconds", .gauge, unit: "s", help: "Start of the process in seconds since the Unix epoch.")

    package static let all = [
        httpRequests, httpDuration, tasksCreated, credentialsRefused, outboxBacklog, published, publishFailures,
        deliveries, batchSize,
        analyses, analysisDuration, embeddings, embeddingsDuration, feedback, trainings, dataChecks, servingGeneration,
        rolloutChanges, challengerAnalyses,
        mlflowVersions, snapshotLoads,
        servingModel,
        streams, intake, webhookAttempts, webhooksDisabled,
        providerCalls, breakerState, degraded, repairs, genAIDuration, genAITokens, residentMemory, processorTime,
        openDescriptors, startTime, streamDrops, streamOverruns, progressEvents, connectionsEnded,
        rateLimited,
    ]
}
