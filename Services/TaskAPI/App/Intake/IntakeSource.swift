import Contracts
import Postgres

/// A source as its row has it.
struct IntakeSource: Sendable {
    static let columns = "id, tenant, kind, name, project, labels, secret, created_by, created_at, last_delivery_at"

    let id: Identifier
    let tenant: String
    let kind: IntakeKind
    let name: String
    let project: String?
    let labels: [LabelMeaning]
    /// Sealed.
    let secret: [UInt8]
    let createdBy: String
    let createdAt: EventTime
    let lastDeliveryAt: EventTime?

    init(_ row: Row) throws {
        id = Identifier(try row.decode(at: 0))
        tenant = try row.decode(at: 1)
        let name: String = try row.decode(at: 2)
        guard let kind = IntakeKind(rawValue: name) else {
            throw DatabaseError(code: .decoding, reason: "unknown kind of a source: \(name)")
        }
        self.kind = kind
        self.name = try row.decode(at: 3)
        project = try row.decode(at: 4)
        labels = try ContractJSON.decode([LabelMeaning].self, from: try row.decode(at: 5, as: JSONB.self).bytes)
        secret = try row.decode(at: 6)
        createdBy = try row.decode(at: 7)
        createdAt = EventTime(microseconds: try row.decode(at: 8, as: Timestamp.self).microseconds)
        lastDeliveryAt = try row.decode(at: 9, as: Timestamp?.self).map { EventTime(microseconds: $0.microseconds) }
    }

    /// What its secret is sealed for.
    static func owner(_ id: Identifier) -> String { "intake:\(id)" }

    /// As the API shows it, without the secret.
    var view: IntakeSourceView {
        IntakeSourceView(
            id: id, kind: kind, name: name, project: project, labels: labels, createdBy: createdBy,
            createdAt: createdAt, lastDeliveryAt: lastDeliveryAt)
    }
}
