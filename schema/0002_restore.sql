-- Schema 2: what was restored to a draft box, and what came of it.

CREATE TABLE restore (
    id          INTEGER PRIMARY KEY,      -- grows in the order of beginning
    version     INTEGER NOT NULL REFERENCES version (id),  -- what went back out
    account     INTEGER NOT NULL REFERENCES account (id),  -- whose draft box it went into
    started_at  TEXT NOT NULL,            -- when it began; the row is written before the platform is asked to add anything
    finished_at TEXT,                     -- when it ended; null while it runs, and where it was cut off
    outcome     TEXT NOT NULL DEFAULT 'begun'
                CHECK (outcome IN ('begun', 'done', 'failed', 'unknown')),  -- failed: the platform refused, or no draft of it was found; unknown: its answer was lost, and the draft not found yet
    media_id    TEXT,                     -- of the draft that was made; its first version is what the platform made of it
    CHECK ((outcome = 'begun') = (finished_at IS NULL)),
    CHECK ((outcome = 'done') = (media_id IS NOT NULL))
) STRICT;

CREATE TRIGGER restore_keeps_its_identity BEFORE UPDATE OF id, version, account, started_at ON restore
BEGIN SELECT raise(ABORT, 'a restore never changes what it is of'); END;
CREATE TRIGGER restore_that_ended_never_changes BEFORE UPDATE ON restore
WHEN old.outcome IN ('done', 'failed')
BEGIN SELECT raise(ABORT, 'a restore that has ended never changes'); END;
CREATE TRIGGER restore_stays BEFORE DELETE ON restore
BEGIN SELECT raise(ABORT, 'a restore stays in the archive'); END;
CREATE TRIGGER restore_comes_once BEFORE INSERT ON restore
WHEN EXISTS (SELECT 1 FROM restore WHERE id = new.id)
BEGIN SELECT raise(ABORT, 'a restore never changes what it is of'); END;

-- Restores to a draft box, one row each.
CREATE VIEW restore_view AS
SELECT account.name AS account,
       draft.media_id,
       version.number AS version,
       target.name AS to_account,
       restore.media_id AS to_media_id,
       restore.started_at,
       restore.finished_at,
       restore.outcome
FROM restore
JOIN version ON version.id = restore.version
JOIN draft ON draft.id = version.draft
JOIN account ON account.id = draft.account
JOIN account target ON target.id = restore.account;
