import ServiceKit
import TaskAPI

@main
struct Main {
    static func main() async {
        await ServiceRunner.main(
            ServiceRunner.Plan(
                name: .taskAPI, defaultAdminPort: 9_101, databaseRole: "triageloop_task",
                read: { TaskAPISettings(reader: &$0) }, build: { try await buildTaskAPI($0, $1) }))
    }
}
