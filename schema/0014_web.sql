-- Schema 14: who may see the pages. Secrets are not stored, only their SHA-256.

CREATE TABLE web_session (
    secret_hash BLOB PRIMARY KEY CHECK (length(secret_hash) = 32),  -- SHA-256 of the secret in the browser's cookie
    user        TEXT NOT NULL,           -- who logged in, as the pages call them: link, password
    created_at  TEXT NOT NULL,           -- when they did
    last_seen   TEXT NOT NULL            -- when they last asked for a page, to a few minutes
) STRICT, WITHOUT ROWID;

CREATE TABLE web_link (
    secret_hash BLOB PRIMARY KEY CHECK (length(secret_hash) = 32),  -- SHA-256 of the secret in the link
    expires_at  TEXT NOT NULL            -- until when it may be used. The row goes when it is used
) STRICT, WITHOUT ROWID;

CREATE TABLE web_login_failure (
    address  TEXT PRIMARY KEY,           -- where the wrong passwords came from: an address, the first half of one of IPv6, or 'all'
    failures INTEGER NOT NULL CHECK (failures > 0),  -- how many in a row
    last_at  TEXT NOT NULL               -- when the last one came
) STRICT, WITHOUT ROWID;
