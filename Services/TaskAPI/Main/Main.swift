import ServiceKit
import TaskAPI

@main
struct Main {
    static func main() async { await ServiceRunner.main(.taskAPI) }
}
