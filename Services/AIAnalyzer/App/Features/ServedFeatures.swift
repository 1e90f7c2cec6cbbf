import Contracts
import FeatureStore
import Messaging
import Postgres

/// What a prediction was served, as it is logged with it, and what its task adds to the histories.
struct ServedFeatures: Sendable {
    /// The values, and how much of the author's and of the project's history they saw.
    struct Values: Sendable {
        let userVersion: Int64
        let projectVersion: Int64
        /// In the order of `FeatureSet.current`.
        let values: [Int32?]
    }

    /// The request's own time.
    let at: EventTime
    let kind: HistoryEvent.Kind
    /// Nil where the histories couldn't be read.
    let values: Values?
}

extension ServedFeatures.Values {
    /// An array of integers as PostgreSQL reads one: rows of arrays can't travel otherwise.
    var arrayText: String {
        var text = "{"
        text.reserveCapacity(values.count * 4)
        for (index, value) in values.enumerated() {
            if index > 0 { text += "," }
            text += value.map { String($0) } ?? "NULL"
        }
        return text + "}"
    }
}

/// Whose history it is.
struct FeatureKey: Hashable, Sendable {
    let entity: Int16
    let tenant: String
    let name: String

    static func user(_ task: TaskSnapshot) -> FeatureKey {
        FeatureKey(entity: FeatureEntity.user.code, tenant: task.tenant, name: task.author)
    }

    static func project(_ task: TaskSnapshot) -> FeatureKey {
        FeatureKey(entity: FeatureEntity.project.code, tenant: task.tenant, name: task.project)
    }
}
