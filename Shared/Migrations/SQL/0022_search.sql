-- Full-text search of tasks. docs/search.md, docs/adr/0033
--
-- The words of a task, the title's above the body's, and one that says whose it is: the tenant is looked up in the same
-- index, and no parsed word has a space. English stems and stop words; words of other languages stay as they are.
CREATE FUNCTION task.search_words(tenant text, title text, body text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.array_to_tsvector(ARRAY['tenant ' || tenant])
        || pg_catalog.setweight(pg_catalog.to_tsvector('pg_catalog.english'::pg_catalog.regconfig, title), 'A')
        || pg_catalog.setweight(pg_catalog.to_tsvector('pg_catalog.english'::pg_catalog.regconfig, body), 'B')
$$;

-- What people type, as web searches have it: words, "phrases", or, -without. NULL for nothing but stop words.
CREATE FUNCTION task.search_query(tenant text, typed text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN pg_catalog.numnode(query) > 0 THEN query && (
        '''' || pg_catalog.replace(pg_catalog.replace('tenant ' || tenant, '\', '\\'), '''', '''''') || ''''
    )::pg_catalog.tsquery END
    FROM pg_catalog.websearch_to_tsquery('pg_catalog.english'::pg_catalog.regconfig, typed) AS query
$$;

-- Of the expression, not of a stored column: a task's row is written once more with its analysis, and a column would go
-- along each time.
CREATE INDEX tasks_by_words ON task.tasks USING gin (task.search_words(tenant, title, body));
