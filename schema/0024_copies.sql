-- Schema 24: copies of the archive elsewhere.

CREATE TABLE archive_id (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL                  -- 12 random hex digits; they stand in the name of each copy, so that of several archives in one place none takes another's copy for its own
) STRICT;
INSERT INTO archive_id (id, name) VALUES (1, lower(hex(randomblob(6))));

CREATE TABLE copy (
    place         TEXT PRIMARY KEY,     -- where copies are made: a directory, or s3://bucket/prefix
    tried_at      TEXT NOT NULL,        -- when the last copy was begun, however it ended
    name          TEXT,                 -- of the newest copy that was read back and proven; null while there is none
    made_at       TEXT,                 -- the instant of the archive that it holds
    proven_at     TEXT,                 -- when it was proven
    size          INTEGER,              -- how many bytes it has there
    failing_since TEXT,                 -- when the first of the copies was begun that failed one after the other; null where the last one is good
    failures      INTEGER NOT NULL,     -- how many they are
    reason        TEXT                  -- why the last one failed
) STRICT, WITHOUT ROWID;
