-- What people said in a time range, for insights; of feedback alone, so that no create pays for it.
CREATE INDEX timeline_feedback ON task.timeline (tenant, time) WHERE type = 'feedback.recorded.v1';
