package import FoundationEssentials

/// One thing that happened to an entity, as its history keeps it: bitemporal and never changed.
package struct HistoryEvent: Hashable, Sendable {
    /// What happened.
    package enum Kind: Int16, CaseIterable, Sendable {
        /// A task was created.
        case created = 1
        /// A task was edited.
        case edited = 2
        /// A person judged fields of a task.
        case judged = 3
    }

    /// Its place in its entity's history, from 1 without gaps, in the order of commits.
    package var version: Int64
    package var kind: Kind
    package var taskID: UUID
    /// When the task was created, in microseconds since 1970, UTC.
    package var taskCreatedAt: Int64
    /// When it happened (Feast's event timestamp), likewise.
    package var eventTime: Int64
    /// When it was known here (Feast's created timestamp), likewise.
    package var writtenAt: Int64
    /// What a person said; nil where nothing was said of it.
    package var category: String?
    package var priority: String?
    /// Hundredths of a point.
    package var effort: Int32?
    /// How many of the judged fields replaced a suggestion.
    package var corrected: Int16

    package init(
        version: Int64, kind: Kind, taskID: UUID, taskCreatedAt: Int64, eventTime: Int64, writtenAt: Int64,
        category: String? = nil, priority: String? = nil, effort: Int32? = nil, corrected: Int16 = 0
    ) {
        self.version = version
        self.kind = kind
        self.taskID = taskID
        self.taskCreatedAt = taskCreatedAt
        self.eventTime = eventTime
        self.writtenAt = writtenAt
        self.category = category
        self.priority = priority
        self.effort = effort
        self.corrected = corrected
    }

    /// A clock that is ahead would push everybody's window into the future: nothing happened after it was written.
    var time: Int64 { min(eventTime, writtenAt) }

    var judgedFields: Int { (category == nil ? 0 : 1) + (priority == nil ? 0 : 1) + (effort == nil ? 0 : 1) }
}
