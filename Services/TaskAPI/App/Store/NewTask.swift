import Contracts
import Messaging

/// A task on its way into the database, with its event.
struct NewTask: Sendable {
    let event: CloudEvent<TaskCreated>
    let outbox: OutboxMessage

    var task: TaskSnapshot { event.data.task }

    /// - Throws: `EventCoder.Rejection` if the task breaks a rule of its event.
    init(
        _ draft: TaskDraft, caller: Caller, story: Story, id: Identifier = Identifier(), at time: EventTime = .now
    ) throws {
        event = CloudEvent(
            source: .taskAPI, subject: id.description, time: time, story: story, sequence: 1,
            data: TaskCreated(
                task: TaskSnapshot(
                    taskID: id, tenant: caller.tenant, project: draft.project ?? "default", author: caller.user,
                    title: draft.title, body: draft.body ?? "", labels: draft.labels ?? [], revision: 1,
                    createdAt: time, tier: draft.tier, group: draft.group, reference: draft.reference)))
        outbox = try OutboxMessage(event)
    }
}
