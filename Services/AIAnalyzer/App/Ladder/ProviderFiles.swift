import AIAnalyzerProviders
import FoundationEssentials
import Rollout

/// The providers file and the routing table that goes with it.
struct ProviderFiles: Sendable {
    /// What a routing table calls the built-in model.
    static let embedded = "embedded"
    /// Longest `provider/version`: it is the model version of an analysis.
    static let versionCharacters = 100

    let providers: String
    let routes: String?

    /// What both say, checked together.
    struct Content: Sendable {
        let settings: ProvidersSettings
        let routes: RoutingTable
        /// The versions by name, such as `gateway/2026-11`, in the order of the file.
        let versions: [String]

        /// The version that a route names; nil for the embedded model.
        func version(of target: RouteVariant) -> String? {
            guard target.provider != ProviderFiles.embedded else { return nil }
            if let version = target.version { return "\(target.provider)/\(version)" }
            return versions.first { $0.hasPrefix("\(target.provider)/") } ?? target.provider
        }
    }

    /// Reads both.
    /// - Throws: everything that is wrong with either.
    func load() throws(ProviderFilesError) -> Content {
        var faults: [ProviderFilesError.Fault] = []
        var settings = ProvidersSettings()
        do throws(ProviderSettingsError) {
            guard let bytes = Self.bytes(providers) else {
                throw ProviderSettingsError(faults: [.init(pointer: "", reason: "\(providers) can't be read")])
            }
            settings = try ProviderSettingsReader.settings(bytes)
        } catch {
            faults += error.faults.map { .init(isOfRoutes: false, text: $0.description) }
        }
        let versions = settings.providers.flatMap { provider in
            provider.versions.map { "\(provider.name)/\($0.name)" }
        }
        if faults.isEmpty { faults += Self.faults(of: settings, versions) }
        var table: RoutingTable?
        do throws(RoutingTableError) {
            table = try self.table(first: versions.first)
        } catch {
            faults += error.faults.map {
                .init(isOfRoutes: true, text: $0.path.isEmpty ? $0.text : "\($0.path) \($0.text)")
            }
        }
        if let table, !versions.isEmpty { faults += Self.faults(of: table, versions) }
        guard faults.isEmpty, let table else {
            throw ProviderFilesError(faults: faults, providers: providers, routes: routes)
        }
        return Content(settings: settings, routes: table, versions: versions)
    }

    private static func bytes(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map(Array.init) }

    /// The file's table, or one that sends everybody to the first version.
    private func table(first: String?) throws(RoutingTableError) -> RoutingTable? {
        if let routes {
            guard let bytes = Self.bytes(routes) else {
                throw RoutingTableError(faults: [.init(path: "", text: "\(routes) can't be read")])
            }
            return try RoutingTable(json: bytes)
        }
        guard let parts = first?.split(separator: "/", maxSplits: 1).map(String.init) else { return nil }
        return try RoutingTable(
            name: "everybody", variants: ["first": RouteVariant(provider: parts[0], version: parts.last)],
            otherwise: Route(.fixed("first")))
    }

    private static func faults(of settings: ProvidersSettings, _ versions: [String]) -> [ProviderFilesError.Fault] {
        var faults: [String] = []
        if versions.isEmpty { faults.append("names no provider") }
        if settings.providers.contains(where: { $0.name == embedded }) {
            faults.append("calls a provider embedded: that is the built-in model")
        }
        for version in versions where version.count > versionCharacters {
            faults.append("\(version) has more than \(versionCharacters) characters")
        }
        for (version, fallbacks) in settings.fallbacks.sorted(by: { $0.key < $1.key }) {
            for name in [version] + fallbacks where !versions.contains(name) {
                faults.append("/fallbacks names \(name), which is no version of a provider")
            }
            if fallbacks.contains(version) || Set(fallbacks).count < fallbacks.count {
                faults.append("/fallbacks names a version twice in the ladder of \(version)")
            }
        }
        return faults.map { .init(isOfRoutes: false, text: $0) }
    }

    private static func faults(of table: RoutingTable, _ versions: [String]) -> [ProviderFilesError.Fault] {
        table.variants.sorted { $0.key < $1.key }.compactMap { name, variant in
            fault(of: variant, versions).map { .init(isOfRoutes: true, text: "variants.\(name)\($0)") }
        }
    }

    private static func fault(of variant: RouteVariant, _ versions: [String]) -> String? {
        if variant.provider == embedded {
            return variant.version == nil ? nil : ".version: the registry chooses the embedded model's"
        }
        let candidates = versions.filter { $0.hasPrefix("\(variant.provider)/") }
        if candidates.isEmpty { return ".provider is not in the providers file" }
        guard let version = variant.version else {
            return candidates.count == 1 ? nil : ".version is needed: the provider has several"
        }
        return candidates.contains("\(variant.provider)/\(version)") ? nil : ".version is not in the providers file"
    }
}

/// Everything that is wrong with the providers file and the routing table.
struct ProviderFilesError: Error, CustomStringConvertible {
    struct Fault: Sendable, Equatable {
        let isOfRoutes: Bool
        let text: String
    }

    /// Never empty.
    let faults: [Fault]
    /// The paths of the files.
    let providers: String
    let routes: String?

    /// All faults, those of each file behind its path.
    var description: String {
        [(false, providers), (true, routes ?? "routes")].compactMap { isOfRoutes, path in
            let own = faults.filter { $0.isOfRoutes == isOfRoutes }.map(\.text)
            return own.isEmpty ? nil : "\(path): \(own.joined(separator: "; "))"
        }.joined(separator: "; ")
    }
}
