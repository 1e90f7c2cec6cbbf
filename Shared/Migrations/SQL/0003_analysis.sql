-- What ai-analyzer owns. The key (task, revision) makes one effective result per revision.
CREATE TABLE analysis.analyses (
    task_id uuid NOT NULL,
    revision integer NOT NULL,
    analysis_id uuid NOT NULL,
    tenant text NOT NULL,
    project text NOT NULL,
    model_version text NOT NULL,
    result jsonb NOT NULL,
    -- what the similarity index is rebuilt from
    title text NOT NULL,
    opening text NOT NULL,
    -- whose index has it already
    replica text NOT NULL,
    analysed_at timestamptz NOT NULL,
    PRIMARY KEY (task_id, revision)
);
CREATE INDEX analyses_by_time ON analysis.analyses USING brin (analysed_at);

CREATE TABLE analysis.outbox (LIKE task.outbox INCLUDING ALL)
    WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
          autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000000);
