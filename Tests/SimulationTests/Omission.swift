/// A safety mechanism that a run goes without, to show that the simulation would notice.
enum Omission: String, CaseIterable, Sendable {
    /// The outbox row is written in the transaction of the state change.
    case outboxInTransaction
    /// An event that no queue takes is returned, not confirmed.
    case mandatoryFlag
    /// A row is deleted only after its confirm.
    case confirmWait
    /// Rows that a crash left behind are found again.
    case sweeper
    /// The key that makes a second delivery harmless.
    case inbox
    /// The effect is committed before the delivery is acknowledged.
    case commitBeforeAcknowledgement
    /// A retry's or dead letter's copy is confirmed before its original is acknowledged.
    case copyConfirm
    /// A dependency's outage counts against no message.
    case pauseOnOutage
    /// One bad message is found within its batch.
    case batchSplit
}
