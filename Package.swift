// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Every target is checked the same way; a warning is an error.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
// What Hummingbird's API speaks: an import of these needs the dependency declared.
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let nioHTTP = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

let bridges: [Target] = [
    .target(name: "CPolling", path: "Shared/CPolling"),
    .target(name: "CRabbitMQ", path: "Shared/CRabbitMQ", linkerSettings: [.linkedLibrary("rabbitmq")]),
    .target(name: "CPQ", path: "Shared/CPQ", linkerSettings: [.linkedLibrary("pq")]),
    .target(name: "CCurl", path: "Shared/CCurl", linkerSettings: [.linkedLibrary("curl")]),
]

let shared: [Target] = [
    .target(name: "Polling", dependencies: ["CPolling"], path: "Shared/Polling"),
    .target(name: "Resilience", path: "Shared/Resilience"),
    .target(name: "Rollout", path: "Shared/Rollout"),
    .target(name: "Contracts", path: "Shared/Contracts"),
    .target(name: "FeatureStore", path: "Shared/FeatureStore"),
    .target(
        name: "TriageModel", dependencies: [crypto], path: "Shared/TriageModel",
        resources: [.copy("Resources/base.triagemodel")]),
    .target(name: "Settings", dependencies: [configuration], path: "Shared/Settings"),
    .target(
        name: "Observability", dependencies: ["Contracts", logging, metrics],
        path: "Shared/Observability"),
    .target(
        name: "RabbitMQ", dependencies: ["CRabbitMQ", "Polling", "Resilience", logging, collections],
        path: "Shared/RabbitMQ"),
    .target(
        name: "Postgres", dependencies: ["CPQ", "Polling", "Resilience", logging, collections],
        path: "Shared/Postgres"),
    .target(name: "CurlHTTP", dependencies: ["CCurl", "Polling", logging], path: "Shared/CurlHTTP"),
    .target(
        name: "AccessTokens", dependencies: ["Contracts", "CurlHTTP"], path: "Shared/AccessTokens"),
    // The secrets of API keys, and what is kept of them.
    .target(name: "APIKeys", dependencies: ["Contracts", "Postgres", crypto], path: "Shared/APIKeys"),
    .target(
        name: "Embeddings",
        dependencies: ["CurlHTTP", "Observability", "Resilience", "Settings", "TriageModel", logging, metrics],
        path: "Shared/Embeddings"),
    .target(
        name: "Migrations", dependencies: ["Postgres", logging], path: "Shared/Migrations",
        resources: [.copy("SQL")]),
    .target(
        name: "Messaging",
        dependencies: [
            "Contracts", "RabbitMQ", "Postgres", "Resilience", "Observability", lifecycle, logging, metrics,
            collections,
        ],
        path: "Shared/Messaging"),
    .target(
        name: "ServiceKit",
        dependencies: [
            "Contracts", "Settings", "Observability", "RabbitMQ", "Postgres", hummingbird, nio, httpTypes, lifecycle,
            signals, logging, metrics,
        ],
        path: "Shared/ServiceKit"),
]

/// Core, App and Main of one service.
func service(
    _ name: String, core: [Target.Dependency] = [], app: [Target.Dependency] = [],
    resources: [Resource]? = nil
) -> [Target] {
    let path = "Services/\(name)"
    return [
        .target(name: "\(name)Core", dependencies: ["Contracts", "Resilience"] + core, path: "\(path)/Core"),
        .target(
            name: name,
            dependencies: [
                .target(name: "\(name)Core"), "Contracts", "Messaging", "Postgres", "RabbitMQ", "Observability",
                "Settings", "ServiceKit", "Resilience", hummingbird, nio, httpTypes, lifecycle, logging, metrics,
                collections,
            ] + app, path: "\(path)/App", resources: resources),
        .executableTarget(
            name: "\(name)Main",
            dependencies: [.target(name: name), "Settings", "Observability", "ServiceKit", arguments],
            path: "\(path)/Main"),
    ]
}

let services: [Target] =
    service(
        "TaskAPI", core: ["Rollout"],
        app: [
            "APIKeys", "CurlHTTP", "TaskAPIContract", "TaskAPIIdentity", "TaskAPIWebhooks", crypto, hummingbirdCore,
            nioHTTP,
        ],
        resources: [.copy("Resources")])
    + service(
        "AIAnalyzer", core: ["TriageModel"],
        app: ["TriageModel", "FeatureStore", "Rollout", "AIAnalyzerProviders", "Embeddings", crypto, signals])
    + service(
        "RetrainingTrigger", core: ["Rollout", "TriageModel"],
        app: ["Rollout", "TriageModel", "Embeddings", "RetrainingTriggerMLflow", "RetrainingTriggerJobs", crypto])
    + [
        // What task-api promises over HTTP, apart from what keeps the promise.
        .target(
            name: "TaskAPIContract", dependencies: ["Contracts", "TaskAPICore"], path: "Services/TaskAPI/API"),
        .executableTarget(
            name: "triagectl",
            dependencies: [
                "APIKeys", "Contracts", "CurlHTTP", "Embeddings", "FeatureStore", "Messaging", "Migrations",
                "Observability",
                "Postgres",
                "RabbitMQ", "Rollout", "Settings", "TriageModel", arguments, logging,
            ], path: "Services/TriageCtl"),
    ]

let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")

/// Servers of others: apart from App, so that what speaks to strangers can't reach the database or the broker (ADR 17).
let providers: [Target] = [
    .target(
        name: "TaskAPIWebhooks", dependencies: ["CurlHTTP", logging], path: "Services/TaskAPI/Webhooks"),
    .target(
        name: "TaskAPIIdentity", dependencies: ["Contracts", "CurlHTTP", "TaskAPICore", crypto, cryptoExtras, logging],
        path: "Services/TaskAPI/Identity"),
    .target(
        name: "RetrainingTriggerMLflow", dependencies: ["Contracts", "CurlHTTP", "Settings", logging],
        path: "Services/RetrainingTrigger/MLflow"),
    .target(
        name: "RetrainingTriggerJobs",
        dependencies: ["AccessTokens", "Contracts", "CurlHTTP", "Resilience", "Settings", crypto, logging],
        path: "Services/RetrainingTrigger/Jobs"),
    .target(
        name: "AIAnalyzerProviders", dependencies: ["AccessTokens", "Contracts", "CurlHTTP", "Resilience", logging],
        path: "Services/AIAnalyzer/Providers"),
]

/// Tests that need a real broker, database or browser are separate targets; `deploy/local/test` gives them theirs.
func unitTests(_ name: String, _ more: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.target(name: name)] + more, path: "Tests/\(name)Tests",
        resources: resources)
}

let support: [Target] = [
    .target(
        name: "TestSupport",
        dependencies: [
            "Contracts", "CurlHTTP", "FaultServer", "Messaging", "Migrations", "Polling", "Postgres", "RabbitMQ",
            logging,
        ],
        path: "Tests/TestSupport"),
    // Whether a JSON value keeps to a schema.
    .target(name: "SchemaChecks", dependencies: ["Contracts"], path: "Tests/SchemaChecks"),
    // An HTTP server that stalls, drops and answers garbage; ports for such servers.
    .target(name: "FaultServer", path: "Tests/FaultServer", exclude: ["tls_front.py"]),
    .target(
        name: "MLflowSupport",
        dependencies: ["Contracts", "CurlHTTP", "FaultServer", "RetrainingTriggerMLflow", logging],
        path: "Tests/MLflowSupport"),
    // Feedback of a team, and ten ways to spoil it.
    .target(
        name: "SpoiltData", dependencies: ["Contracts", "RetrainingTriggerCore", "TriageModel"],
        path: "Tests/SpoiltData"),
    .target(name: "ModelFuzz", dependencies: ["TriageModel", crypto], path: "Tests/ModelFuzz"),
]

/// What `Tests/Benchmarks/model`, `packing`, `features`, `validation`, `gate` and `fuzz-artifact` run.
let benchmarks: [Target] = [
    .executableTarget(
        name: "ValidationBench", dependencies: ["Contracts", "RetrainingTriggerCore", "SpoiltData", "TriageModel"],
        path: "Tests/Benchmarks/ValidationBench"),
    .executableTarget(
        name: "FeatureBench", dependencies: ["FeatureStore", "TriageModel"], path: "Tests/Benchmarks/FeatureBench"),
    .executableTarget(
        name: "GateBench", dependencies: ["Contracts", "RetrainingTriggerCore", "SpoiltData", "TriageModel"],
        path: "Tests/Benchmarks/GateBench"),
    .executableTarget(
        name: "ModelBench", dependencies: ["TriageModel", "ModelFuzz", arguments], path: "Tests/Benchmarks/ModelBench"),
    .executableTarget(
        name: "ProviderBench",
        dependencies: ["AIAnalyzerProviders", "Contracts", "CurlHTTP", "FaultServer", logging],
        path: "Tests/Benchmarks/ProviderBench"),
]

let unit: [Target] = [
    unitTests("Polling"),
    unitTests("Resilience"),
    unitTests("Rollout"),
    unitTests("FeatureStore", resources: [.copy("Golden")]),
    unitTests("Settings"),
    unitTests("Observability", ["Contracts", logging, metrics]),
    unitTests(
        "ServiceKit",
        [
            "Contracts", "Settings", "Observability", "CurlHTTP", "RabbitMQ", "Postgres", hummingbird, nio, httpTypes,
            lifecycle, logging,
        ]),
    unitTests("TriageModel", ["ModelFuzz", crypto], resources: [.copy("Golden")]),
    unitTests("APIKeys"),
    unitTests("RabbitMQ", ["TestSupport", logging]),
    unitTests("Postgres", ["TestSupport", "Polling", logging]),
    unitTests("Migrations", ["TestSupport", "Postgres", logging]),
    unitTests("CurlHTTP", ["FaultServer", logging]),
    unitTests("Embeddings", ["FaultServer", "Resilience", "Settings", "TriageModel", logging]),
    unitTests("TaskAPICore", ["Contracts"]),
    unitTests("TaskAPIContract", ["Contracts", "SchemaChecks"]),
    unitTests(
        "TaskAPIIdentity", ["Contracts", "CurlHTTP", "FaultServer", "TaskAPICore", crypto, cryptoExtras, logging]),
    unitTests("AIAnalyzerCore", ["Contracts", "Resilience", "TriageModel"]),
    unitTests("AIAnalyzer", ["TestSupport", "Postgres", "Rollout"]),
    unitTests("AIAnalyzerProviders", ["Contracts", "CurlHTTP", "FaultServer", logging]),
    unitTests("RetrainingTriggerMLflow", ["Contracts", "FaultServer", "MLflowSupport", "Settings"]),
    unitTests("RetrainingTriggerJobs", ["Contracts", "FaultServer", crypto, logging]),
    unitTests("RetrainingTriggerCore", ["Contracts", "Rollout", "SpoiltData", "TriageModel"]),
]

let story: [Target] = [
    .testTarget(
        name: "ContractTests", dependencies: ["Contracts", "SchemaChecks"], path: "Tests/ContractTests",
        resources: [.copy("Golden"), .copy("Released")]),
    .testTarget(
        name: "SimulationTests", dependencies: ["Contracts", "Messaging", "Resilience"], path: "Tests/SimulationTests"),
    // With servers of others: `deploy/local/llm`, and Google's description of its interface.
    .testTarget(
        name: "ProviderLiveTests",
        dependencies: ["AIAnalyzerProviders", "Contracts", "FaultServer", logging], path: "Tests/ProviderLiveTests"),
    .testTarget(
        name: "TriageCtlTests",
        dependencies: [
            "TestSupport", "FaultServer", "APIKeys", "Contracts", "CurlHTTP", "Postgres", "RabbitMQ", logging,
        ],
        path: "Tests/TriageCtlTests"),
    .testTarget(
        name: "IntegrationTests",
        dependencies: [
            "TestSupport", "FaultServer", "APIKeys", "Contracts", "Messaging", "Postgres", "RabbitMQ", "Migrations",
            "CurlHTTP", "Embeddings", "Resilience", "Settings", "Observability", "ServiceKit", "TaskAPI", "TaskAPICore",
            "AIAnalyzer", "AIAnalyzerCore", "MLflowSupport", "RetrainingTrigger", "RetrainingTriggerCore",
            "RetrainingTriggerMLflow",
            "Rollout", "SchemaChecks", "TaskAPIContract", "TaskAPIWebhooks", "TriageModel", crypto, logging,
            lifecycle, nio, .product(name: "NIOPosix", package: "swift-nio"),
        ], path: "Tests/IntegrationTests"),
    // Trainings as processes: programs that train, kill -9 at each step.
    .testTarget(
        name: "TrainingJobTests",
        dependencies: [
            "TestSupport", "FaultServer", "MLflowSupport", "Contracts", "CurlHTTP", "Postgres",
            "RetrainingTriggerMLflow", logging,
        ], path: "Tests/TrainingJobTests"),
    // The ladder with a real broker and database, and a model server that fails in every way.
    .testTarget(
        name: "LadderTests",
        dependencies: [
            "TestSupport", "FaultServer", "Contracts", "CurlHTTP", "Messaging", "Postgres", "RabbitMQ", "Resilience",
            "Rollout", "Settings",
            "Observability", "ServiceKit", "TaskAPI", "AIAnalyzer", "AIAnalyzerCore", "AIAnalyzerProviders", logging,
        ], path: "Tests/LadderTests"),
    .testTarget(
        name: "EndToEndTests",
        dependencies: [
            "TestSupport", "FaultServer", "APIKeys", "Contracts", "CurlHTTP", "Postgres", "RabbitMQ", logging,
        ],
        path: "Tests/EndToEndTests"),
]

let package = Package(
    name: "TriageLoop",
    products: [
        .executable(name: "task-api", targets: ["TaskAPIMain"]),
        .executable(name: "ai-analyzer", targets: ["AIAnalyzerMain"]),
        .executable(name: "retraining-trigger", targets: ["RetrainingTriggerMain"]),
        .executable(name: "triagectl", targets: ["triagectl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: bridges + shared + services + providers + support + benchmarks + unit + story
)

// Swift targets get the settings; C targets take none.
let cTargets = Set(bridges.map(\.name))
for target in package.targets where !cTargets.contains(target.name) { target.swiftSettings = settings }

// The packages of others alone, for a layer of the container images (deploy/container/Dockerfile).
if ProcessInfo.processInfo.environment["TRIAGELOOP_TARGETS"] == "ContainerDependencies" {
    var products: [String: Target.Dependency] = [:]
    for dependency in package.targets.flatMap(\.dependencies) {
        if case .productItem(let name, _, _, _) = dependency { products[name] = dependency }
    }
    package.targets.append(
        .target(
            name: "ContainerDependencies", dependencies: products.keys.sorted().compactMap { products[$0] },
            path: "deploy/container/dependencies"))
}

// `TRIAGELOOP_TARGETS="RabbitMQTests,Messaging" swift test` builds only those and what they need.
if let names = ProcessInfo.processInfo.environment["TRIAGELOOP_TARGETS"], !names.isEmpty {
    var wanted = Set<String>()
    var queue = names.split(separator: ",").map(String.init)
    while let name = queue.popLast() {
        guard wanted.insert(name).inserted, let target = package.targets.first(where: { $0.name == name }) else {
            continue
        }
        for dependency in target.dependencies {
            switch dependency {
            case .targetItem(let name, _), .byNameItem(let name, _): queue.append(name)
            default: continue
            }
        }
    }
    package.targets.removeAll { !wanted.contains($0.name) }
    package.products.removeAll()
}
