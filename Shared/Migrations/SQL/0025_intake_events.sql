-- CloudEvents that handed in tasks, so that one that comes again makes no second. docs/intake.md
CREATE TABLE task.intake_events (
    tenant text NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    task_id uuid NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, source, event_id)
);
CREATE INDEX intake_events_by_time ON task.intake_events (received_at);
