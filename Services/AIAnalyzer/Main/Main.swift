import AIAnalyzer
import Glibc
import ServiceKit

@main
struct Main {
    static func main() async {
        // It means "read the providers' files again"; it must not end us before somebody listens, or where there are none.
        signal(SIGHUP, SIG_IGN)
        await ServiceRunner.main(.aiAnalyzer)
    }
}
