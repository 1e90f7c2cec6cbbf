-- The vector of a task's text, a signed byte a number, where an embedding model was asked; and which model it was.
ALTER TABLE analysis.analyses ADD COLUMN vector bytea, ADD COLUMN vector_model bigint;
