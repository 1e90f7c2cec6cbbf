-- What event streams resume from: the order in which events became known here, and whose they are. Their own times don't
-- tell: an analysis may come hours after it was made.
ALTER TABLE task.timeline
    ADD COLUMN position bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN tenant text,
    ADD COLUMN author text;
UPDATE task.timeline SET tenant = tasks.tenant, author = tasks.author FROM task.tasks WHERE tasks.id = timeline.task_id;
CREATE INDEX timeline_by_author ON task.timeline (tenant, author, position);

-- The event that told of each change of the serving model; null for those before this migration.
ALTER TABLE task.rollouts ADD COLUMN event_id uuid, ADD COLUMN correlation_id text;
