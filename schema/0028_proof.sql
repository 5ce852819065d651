-- Schema 28: what was proven of the archive since it was written, when, and what was found.

CREATE TABLE proven_range (
    kind      TEXT NOT NULL CHECK (kind IN ('version', 'asset')),  -- of which table the numbers are
    first_id  INTEGER NOT NULL,         -- the first number
    last_id   INTEGER NOT NULL CHECK (last_id >= first_id),  -- the last number; ranges of a kind do not overlap
    proven_at TEXT NOT NULL,            -- when each of them was read and hashed last; all were sound but those in proof_finding
    PRIMARY KEY (kind, first_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE proof_finding (
    kind     TEXT NOT NULL CHECK (kind IN ('version', 'asset')),  -- of which table the number is
    id       INTEGER NOT NULL,          -- which one is damaged
    found_at TEXT NOT NULL,             -- when that was found
    reason   TEXT NOT NULL,             -- which one it is, and what is wrong with it, in words
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE proof (
    kind          TEXT NOT NULL CHECK (kind IN ('versions', 'assets', 'files', 'drafts', 'drill')),  -- hashes of versions or of pictures; a version restored to files; drafts of the box compared; a draft restored as new
    appid         TEXT NOT NULL,        -- of the account whose box was read or written; empty where it is about the archive alone
    tried_at      TEXT NOT NULL,        -- when the last one began
    proven_at     TEXT,                 -- when the last one began that found nothing wrong
    checked       INTEGER NOT NULL,     -- how many versions, pictures, files or drafts the last one looked at
    recent        INTEGER,              -- of versions and pictures: how many were proven within the 30 days before it ended
    total         INTEGER,              -- of versions and pictures: how many there were
    failing_since TEXT,                 -- when the first of the proofs began that failed one after the other; null where the last one found nothing wrong
    reason        TEXT,                 -- what the last one found
    is_damage     INTEGER NOT NULL CHECK (is_damage IN (0, 1)),  -- whether that is damage, and not a disk or a network that failed
    PRIMARY KEY (kind, appid)
) STRICT, WITHOUT ROWID;

-- A copy that lies at its place is proven by reading it again.
CREATE TABLE copy_24 AS SELECT * FROM copy;
DROP TABLE copy;
CREATE TABLE copy (
    place         TEXT PRIMARY KEY,     -- where copies are made: a directory, or s3://bucket/prefix
    tried_at      TEXT NOT NULL,        -- when the last copy was begun, however it ended
    name          TEXT,                 -- of the newest copy that was read back and proven; null while there is none
    made_at       TEXT,                 -- the instant of the archive that it holds
    proven_at     TEXT,                 -- when it was proven last
    size          INTEGER,              -- how many bytes it has there
    sha256        BLOB CHECK (length(sha256) = 32),  -- of these bytes; null where an older program made it
    failing_since TEXT,                 -- when the first of the copies was begun that failed one after the other; null where the last one is good
    failures      INTEGER NOT NULL,     -- how many they are
    reason        TEXT                  -- why the last one failed
) STRICT, WITHOUT ROWID;
INSERT INTO copy SELECT place, tried_at, name, made_at, proven_at, size, NULL, failing_since, failures, reason FROM copy_24;
DROP TABLE copy_24;

-- When each version was proven last, one row each.
CREATE VIEW proof_view AS
SELECT account.name AS account,
       draft.media_id,
       version.number AS version,
       (SELECT proven_at FROM proven_range
        WHERE kind = 'version' AND version.id BETWEEN first_id AND last_id) AS proven_at,
       (SELECT reason FROM proof_finding WHERE kind = 'version' AND id = version.id) AS finding
FROM version
JOIN draft ON draft.id = version.draft
JOIN account ON account.id = draft.account;
