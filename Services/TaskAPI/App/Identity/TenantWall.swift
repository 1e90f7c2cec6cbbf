import Postgres

/// The second wall between tenants: policies of the database by which a statement sees the rows of one tenant only,
/// whatever its WHERE says (migration 28).
enum TenantWall {
    static let setting = "triageloop.tenant"
    static let everyTenant = "*"

    /// Runs a request's work: all it asks of the database is limited to the tenant.
    static func limited<Result>(to tenant: String, _ work: () async throws -> Result) async rethrows -> Result {
        try await LocalSetting.$current.withValue(LocalSetting(setting, "=" + tenant), operation: work)
    }
}
