import ArgumentParser
import Rollout

/// A plan for a rollout, by options; what isn't given is the default.
struct CanaryPlanOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Percentages of the users, rising to 100.", valueName: "5,25,50,100"))
    var shares: String?
    @Option(help: "What promotes: better, not_worse_at_horizon, not_worse or no_harm.")
    var goal = CanaryPlan.Goal.notWorseAtHorizon.rawValue
    @Option(help: "Percentage points that a challenger may lose and still count as not worse.")
    var margin: Double?
    @Option(help: "The most that may be falsely promoted, 0 to 0.5.")
    var promotionAlpha: Double?
    @Option(help: "The most that may be falsely rolled back as worse, 0 to 0.5.")
    var harmAlpha: Double?
    @Option(help: "Correlation of two answers of one user that the test reckons with, 0 to 0.9.")
    var userCorrelation: Double?
    @Option(help: "Analyses of the challenger in shadow before the first share.")
    var shadowAnalyses: Int?
    @Option(help: "Judged answers of the challenger that a share needs.")
    var stepAnswers: Int?
    @Option(help: "Judged answers of the challenger after which the time is up.")
    var horizonAnswers: Int?
    @Option(help: "Days after which the time is up.")
    var horizonDays: Double?

    /// - Throws: all that is wrong with it.
    func plan() throws -> CanaryPlan {
        guard let goal = CanaryPlan.Goal(rawValue: goal) else {
            throw ValidationError(
                "--goal is one of \(CanaryPlan.Goal.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        var plan = CanaryPlan(goal: goal)
        if let shares {
            plan.shares = try shares.split(separator: ",").map { text in
                guard let percent = Double(text), (0...100).contains(percent) else {
                    throw ValidationError("--shares \(shares) is not like 5,25,50,100")
                }
                return Int((percent * 100).rounded())
            }
        }
        if let margin { plan.test.margin = margin / 100 }
        if let promotionAlpha { plan.test.promotionAlpha = promotionAlpha }
        if let harmAlpha { plan.test.harmAlpha = harmAlpha }
        if let userCorrelation { plan.test.userCorrelation = userCorrelation }
        if let shadowAnalyses { plan.shadowAnalyses = shadowAnalyses }
        if let stepAnswers { plan.stepAnswers = stepAnswers }
        if let horizonAnswers { plan.horizonAnswers = horizonAnswers }
        if let horizonDays {
            guard (0...365).contains(horizonDays) else { throw ValidationError("--horizon-days takes 0 to 365") }
            plan.horizonSeconds = Int64(horizonDays * 86_400)
        }
        let faults = plan.faults()
        guard faults.isEmpty else { throw ValidationError(faults.joined(separator: "\n")) }
        return plan
    }
}
