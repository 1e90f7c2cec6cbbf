import AIAnalyzer
import ServiceKit

@main
struct Main {
    static func main() async {
        await ServiceRunner.main(
            ServiceRunner.Plan(
                name: .aiAnalyzer, defaultAdminPort: 9_102, databaseRole: "triageloop_analysis",
                read: { AIAnalyzerSettings(reader: &$0) }, build: { try await buildAIAnalyzer($0, $1) }))
    }
}
