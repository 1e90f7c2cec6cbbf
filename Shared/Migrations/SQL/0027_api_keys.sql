-- API keys and the hashes of their secrets; no secret is kept. docs/identity.md
CREATE TABLE task.api_keys (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    -- how the latest secret begins
    prefix text NOT NULL,
    tenant text NOT NULL,
    user_id text NOT NULL,
    role text NOT NULL,
    -- whether requests may name another user
    acts_for_users boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    -- to the minute
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz
) WITH (fillfactor = 80);
CREATE INDEX api_keys_by_tenant ON task.api_keys (tenant, id);

-- More than one for a while after a rotation.
CREATE TABLE task.api_key_secrets (
    -- SHA-256
    hash bytea PRIMARY KEY,
    key_id uuid NOT NULL REFERENCES task.api_keys ON DELETE CASCADE,
    prefix text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- null: as long as the key
    expires_at timestamptz
);
CREATE INDEX api_key_secrets_by_key ON task.api_key_secrets (key_id);
