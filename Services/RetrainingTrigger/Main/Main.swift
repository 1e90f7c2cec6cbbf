import Glibc
import RetrainingTrigger
import ServiceKit

@main
struct Main {
    static func main() async {
        // The child process that trains is this program too.
        if let code = ChildCommand.run() { exit(code) }
        await ServiceRunner.main(.retrainingTrigger)
    }
}
