-- What the gate decided and every figure that it decided by. docs/training.md
ALTER TABLE training.trainings ADD COLUMN decision jsonb;
ALTER TABLE task.trainings ADD COLUMN decision jsonb;
