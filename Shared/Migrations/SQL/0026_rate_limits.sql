-- Buckets of requests that all replicas share. docs/api.md
-- Lost with a crash, and full again then.
CREATE UNLOGGED TABLE task.rate_limits (
    -- the quota's name
    quota text NOT NULL,
    -- a tenant, or a tenant and a user
    subject text NOT NULL,
    -- seconds since 1970 at which the bucket will be full
    full_at double precision NOT NULL,
    -- of the last request for requests: when, how many it was granted, and by which quota
    asked_at double precision NOT NULL,
    granted integer NOT NULL,
    interval double precision NOT NULL,
    requests integer NOT NULL,
    PRIMARY KEY (quota, subject)
) WITH (fillfactor = 50);
