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
    service("TaskAPI", resources: [.copy("Resources")])
    + service(
        "AIAnalyzer", core: ["TriageModel"],
        app: ["TriageModel", "Rollout", "AIAnalyzerProviders", "Embeddings", crypto, signals])
    + service(
        "RetrainingTrigger", core: ["TriageModel"],
        app: ["TriageModel", "Embeddings", "RetrainingTriggerMLflow", crypto])
    + [
        .executableTarget(
            name: "triagectl",
            dependencies: [
                "Contracts", "CurlHTTP", "Embeddings", "Messaging", "Migrations", "Observability", "Postgres",
                "RabbitMQ", "Rollout", "Settings", "TriageModel", arguments, logging,
            ], path: "Services/TriageCtl")
    ]

/// Servers of others: apart from App, so that what speaks to strangers can't reach the database or the broker (ADR 17).
let providers: [Target] = [
    .target(
        name: "RetrainingTriggerMLflow", dependencies: ["Contracts", "CurlHTTP", "Settings", logging],
        path: "Services/RetrainingTrigger/MLflow"),
    .target(
        name: "AIAnalyzerProviders", dependencies: ["Contracts", "CurlHTTP", "Resilience", logging],
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
        dependencies: ["Contracts", "CurlHTTP", "Messaging", "Migrations", "Polling", "Postgres", "RabbitMQ", logging],
        path: "Tests/TestSupport"),
    // An HTTP server that stalls, drops and answers garbage.
    .target(name: "FaultServer", path: "Tests/FaultServer", exclude: ["tls_front.py"]),
    .target(
        name: "MLflowSupport",
        dependencies: ["Contracts", "CurlHTTP", "FaultServer", "RetrainingTriggerMLflow", logging],
        path: "Tests/MLflowSupport"),
    .target(name: "ModelFuzz", dependencies: ["TriageModel", crypto], path: "Tests/ModelFuzz"),
]

/// What `Tests/Benchmarks/model`, `packing` and `fuzz-artifact` run.
let benchmarks: [Target] = [
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
    unitTests("Settings"),
    unitTests("Observability", ["Contracts", logging, metrics]),
    unitTests(
        "ServiceKit",
        [
            "Contracts", "Settings", "Observability", "CurlHTTP", "RabbitMQ", "Postgres", hummingbird, nio, httpTypes,
            lifecycle, logging,
        ]),
    unitTests("TriageModel", ["ModelFuzz", crypto], resources: [.copy("Golden")]),
    unitTests("RabbitMQ", ["TestSupport", logging]),
    unitTests("Postgres", ["TestSupport", "Polling", logging]),
    unitTests("Migrations", ["TestSupport", "Postgres", logging]),
    unitTests("CurlHTTP", ["FaultServer", logging]),
    unitTests("Embeddings", ["FaultServer", "Resilience", "Settings", "TriageModel", logging]),
    unitTests("TaskAPICore", ["Contracts"]),
    unitTests("AIAnalyzerCore", ["Contracts", "Resilience", "TriageModel"]),
    unitTests("AIAnalyzer", ["TestSupport", "Postgres", "Rollout"]),
    unitTests("AIAnalyzerProviders", ["Contracts", "CurlHTTP", "FaultServer", logging]),
    unitTests("RetrainingTriggerCore", ["Contracts", "TriageModel"]),
    unitTests("RetrainingTriggerMLflow", ["Contracts", "FaultServer", "MLflowSupport", "Settings"]),
]

let story: [Target] = [
    .testTarget(
        name: "ContractTests", dependencies: ["Contracts"], path: "Tests/ContractTests", resources: [.copy("Golden")]),
    .testTarget(
        name: "SimulationTests", dependencies: ["Contracts", "Messaging", "Resilience"], path: "Tests/SimulationTests"),
    // With servers of others: `deploy/local/llm`, and Google's description of its interface.
    .testTarget(
        name: "ProviderLiveTests",
        dependencies: ["AIAnalyzerProviders", "Contracts", "FaultServer", logging], path: "Tests/ProviderLiveTests"),
    .testTarget(
        name: "TriageCtlTests",
        dependencies: ["TestSupport", "FaultServer", "Contracts", "CurlHTTP", "Postgres", "RabbitMQ", logging],
        path: "Tests/TriageCtlTests"),
    .testTarget(
        name: "IntegrationTests",
        dependencies: [
            "TestSupport", "FaultServer", "Contracts", "Messaging", "Postgres", "RabbitMQ", "Migrations", "CurlHTTP",
            "Embeddings", "Resilience", "Settings", "Observability", "ServiceKit", "TaskAPI", "AIAnalyzer",
            "AIAnalyzerCore", "MLflowSupport", "RetrainingTrigger", "RetrainingTriggerMLflow", "TriageModel", logging,
            lifecycle,
        ], path: "Tests/IntegrationTests"),
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
        dependencies: ["TestSupport", "Contracts", "CurlHTTP", "Postgres", "RabbitMQ", logging],
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
