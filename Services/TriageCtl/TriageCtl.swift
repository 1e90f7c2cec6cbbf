import ArgumentParser
import Observability

/// The operator's command line: a thin client of the services, the broker and the database.
@main
struct TriageCtl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "triagectl",
        abstract: "Operates TriageLoop: database, events, tasks, models, routes, dead letters.",
        discussion: """
            Addresses come from options or from the environment; each variable also has a ..._FILE form that names a \
            file holding the value:
              TRIAGELOOP_API_URL             task-api (default http://127.0.0.1:8080)
              TRIAGELOOP_ADMIN_DATABASE_URL  PostgreSQL, as a role that may create roles and schemas
              TRIAGELOOP_AMQP_URL            RabbitMQ
              TRIAGELOOP_API_KEY             an API key or a token, where task-api asks who calls
              TRIAGELOOP_TENANT, TRIAGELOOP_USER  who asks (default: the key's, else default, anonymous)

            Exit codes: 0 done, 1 failed, 64 wrong usage, 69 something can't be reached, 78 wrong settings.
            """,
        version: BuildInfo.version,
        subcommands: [
            MigrateCommand.self, TopologyCommand.self, TasksCommand.self, ModelCommand.self, ModelsCommand.self,
            TrainingsCommand.self, RolloutsCommand.self, RouteCommand.self, CanaryGroup.self, DeadLettersCommand.self,
            DoctorCommand.self, FeaturesCommand.self, ReplayCommand.self, InsightsCommand.self,
            LabelsCommand.self, TasksImport.self, IntakeCommand.self, WebhooksCommand.self, KeysCommand.self,
            ExportCommand.self,
        ])
}
