-- What the checks of a training's data found, and which failures whoever asked for it takes for right. docs/training.md
ALTER TABLE training.trainings
    ADD COLUMN validation jsonb,
    ADD COLUMN accepted_checks jsonb NOT NULL DEFAULT '[]';
-- A judgement can't come before its task; null for feedback from before this migration.
ALTER TABLE training.feedback ADD COLUMN task_created_at timestamptz;
ALTER TABLE task.trainings ADD COLUMN checks jsonb;
