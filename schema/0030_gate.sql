-- Schema 30: what programs write through the gate, and who may.

-- Writes and restores share their numbers, so that one number says what is to be taken back.
CREATE TABLE gate_write (
    id          INTEGER PRIMARY KEY,     -- grows in the order of asking, together with the numbers of restores
    account     INTEGER NOT NULL REFERENCES account (id),  -- whose draft box
    action      TEXT NOT NULL CHECK (action IN ('create', 'update', 'delete', 'restore')),  -- what is asked for
    draft       INTEGER REFERENCES draft (id),  -- which draft; of a new one, null until it was read back
    before      INTEGER CHECK (before >= 1),    -- the number of the version that the draft was before, and that was kept first
    request     TEXT,                    -- what is to be written, as JSON; null once that was done or will never be
    asked_at    TEXT NOT NULL,           -- when it was asked for
    state       TEXT NOT NULL CHECK (state IN ('held', 'begun', 'done', 'partly', 'failed', 'unknown', 'refused', 'denied', 'lapsed')),
                                         -- how far it has come. held: waits for a yes; partly: some articles were written; failed: the platform refused, nothing was written;
                                         -- unknown: the platform's answer was lost; refused: by draftkeep; denied: somebody said no; lapsed: nobody said yes in time
    reason      TEXT,                    -- why it was not done, in words
    decided_by  TEXT,                    -- who said yes or no to one that was held
    decided_at  TEXT,                    -- when
    finished_at TEXT,                    -- when it ended; null while it waits or runs, and where it was cut off
    media_id    TEXT,                    -- create: of the draft that was made
    result      INTEGER CHECK (result >= 1),    -- the number of the version that was read back; null where none was
    restore     INTEGER REFERENCES restore (id),  -- restore: what it began; update, create, delete: what took it back
    CHECK ((state IN ('held', 'begun')) = (finished_at IS NULL)),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL))
) STRICT;
CREATE INDEX gate_write_of_draft ON gate_write (draft, result);
CREATE INDEX gate_write_of_state ON gate_write (state) WHERE state IN ('held', 'begun', 'unknown');

CREATE TRIGGER gate_write_keeps_its_identity BEFORE UPDATE OF id, account, action, asked_at ON gate_write
BEGIN SELECT raise(ABORT, 'a write never changes what it is of'); END;
CREATE TRIGGER gate_write_stays BEFORE DELETE ON gate_write
BEGIN SELECT raise(ABORT, 'a write stays in the archive'); END;
CREATE TRIGGER gate_write_comes_once BEFORE INSERT ON gate_write
WHEN EXISTS (SELECT 1 FROM gate_write WHERE id = new.id) OR EXISTS (SELECT 1 FROM restore WHERE id = new.id)
BEGIN SELECT raise(ABORT, 'the number is taken'); END;

CREATE TRIGGER gate_write_checksum_insert AFTER INSERT ON gate_write
BEGIN INSERT INTO checksum VALUES ('gate_write', new.id, row_checksum(new.id, new.account, new.action, new.draft, new.before, new.request, new.asked_at, new.state, new.reason, new.decided_by, new.decided_at, new.finished_at, new.media_id, new.result, new.restore))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER gate_write_checksum_update AFTER UPDATE ON gate_write
BEGIN INSERT INTO checksum VALUES ('gate_write', new.id, row_checksum(new.id, new.account, new.action, new.draft, new.before, new.request, new.asked_at, new.state, new.reason, new.decided_by, new.decided_at, new.finished_at, new.media_id, new.result, new.restore)
            - row_checksum(old.id, old.account, old.action, old.draft, old.before, old.request, old.asked_at, old.state, old.reason, old.decided_by, old.decided_at, old.finished_at, old.media_id, old.result, old.restore))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;

-- Who asked for a write or a restore, where a program did.
CREATE TABLE write_origin (
    id      INTEGER PRIMARY KEY,         -- the number of the write, or of the restore
    who     TEXT NOT NULL,               -- the name of the token, or of the user of the machine
    program TEXT NOT NULL,               -- with which program, as it calls itself; empty where it did not say
    note    TEXT NOT NULL,               -- why, in its words; empty where it did not say
    asked_at TEXT NOT NULL               -- when
) STRICT;
CREATE INDEX write_origin_of_who ON write_origin (who, asked_at);

CREATE TRIGGER write_origin_never_changes BEFORE UPDATE ON write_origin
BEGIN SELECT raise(ABORT, 'who asked for a write never changes'); END;
CREATE TRIGGER write_origin_stays BEFORE DELETE ON write_origin
BEGIN SELECT raise(ABORT, 'who asked for a write stays in the archive'); END;
CREATE TRIGGER write_origin_checksum_insert AFTER INSERT ON write_origin
BEGIN INSERT INTO checksum VALUES ('write_origin', new.id, row_checksum(new.id, new.who, new.program, new.note, new.asked_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;

-- What a write was to create, so that the same is made once, whoever asks again.
CREATE TABLE gate_create (
    write INTEGER PRIMARY KEY REFERENCES gate_write (id),    -- which write
    hash  BLOB NOT NULL CHECK (length(hash) = 32)            -- the SHA-256 of the articles as they were asked for
) STRICT;
CREATE INDEX gate_create_of_hash ON gate_create (hash);

-- Plans of restores that programs asked for: a person who names no plan did not see them.
CREATE TABLE gate_plan (
    plan INTEGER PRIMARY KEY REFERENCES plan (id),           -- which plan
    who  TEXT NOT NULL,              -- as in write_origin
    planned_at TEXT NOT NULL         -- when
) STRICT;

-- Which programs may write over HTTP. The token itself is nowhere: it has 256 random bits, so its hash needs no salt.
CREATE TABLE gate_token (
    name       TEXT PRIMARY KEY,         -- writes are known by it
    account    INTEGER NOT NULL REFERENCES account (id),  -- the one account that it opens
    hash       BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),  -- the SHA-256 of the token
    allow      TEXT NOT NULL CHECK (json_valid(allow)),   -- what it may do, a list of actions, as JSON; reading is always allowed
    made_by    TEXT NOT NULL,            -- the user of the machine who made it
    made_at    TEXT NOT NULL,            -- when
    revoked_at TEXT                      -- since when it opens nothing any more
) STRICT, WITHOUT ROWID;

-- What a token last read or wrote of a draft: a program that names no hash may write over this, and nothing else.
CREATE TABLE gate_seen (
    token   TEXT NOT NULL REFERENCES gate_token (name),  -- which token
    draft   INTEGER NOT NULL REFERENCES draft (id),      -- of which draft
    hash    BLOB NOT NULL CHECK (length(hash) = 32),     -- of the version
    seen_at TEXT NOT NULL,                               -- when
    PRIMARY KEY (token, draft)
) STRICT, WITHOUT ROWID;

-- Writes of programs, one row each.
CREATE VIEW gate_view AS
SELECT gate_write.id,
       account.name AS account,
       coalesce(draft.media_id, gate_write.media_id) AS media_id,
       gate_write.action,
       gate_write.state,
       write_origin.who,
       write_origin.program,
       write_origin.note,
       gate_write.before,
       gate_write.result AS version,
       gate_write.asked_at,
       gate_write.finished_at,
       gate_write.reason,
       gate_write.decided_by
FROM gate_write
JOIN account ON account.id = gate_write.account
LEFT JOIN draft ON draft.id = gate_write.draft
LEFT JOIN write_origin ON write_origin.id = gate_write.id;
