import ArgumentParser

/// `triagectl features`: what the feature store defines, holds and served.
struct FeaturesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features", abstract: "List features, show their values, compare served values with history.",
        subcommands: [FeaturesList.self, FeaturesShow.self, FeaturesParity.self])
}
