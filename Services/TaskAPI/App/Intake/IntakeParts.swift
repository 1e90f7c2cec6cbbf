import Logging

/// All that takes what other systems send.
struct IntakeParts: Sendable {
    let cleaner: OldRows
    private let hooks: IntakeRoutes
    private let sources: IntakeSourceRoutes
    private let events: EventIntakeRoutes
    let eventCleaner: OldRows

    init(_ settings: TaskAPISettings, store: TaskStore, erasures: ErasureStore, logger: Logger) {
        let sources = IntakeSources(pool: store.pool, secrets: settings.secrets)
        self.sources = IntakeSourceRoutes(sources: sources)
        hooks = IntakeRoutes(
            sources: sources, store: IntakeStore(tasks: store, erasures: erasures), settings: settings.intake,
            logger: logger)
        events = EventIntakeRoutes(submitted: SubmittedTasks(tasks: store))
        eventCleaner = OldRows(
            pool: store.pool, logger: logger, table: "task.intake_events", column: "received_at",
            kept: settings.intake.kept)
        cleaner = OldRows(
            pool: store.pool, logger: logger, table: "task.intake_deliveries", column: "received_at",
            kept: settings.intake.kept)
    }

    func bind(to routes: inout RouteBinder) {
        hooks.bind(to: &routes)
        sources.bind(to: &routes)
        events.bind(to: &routes)
    }
}
