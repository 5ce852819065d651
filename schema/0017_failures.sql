-- Schema 17: what failed in a poll is recorded as facts, so that no program needs to read sentences.

CREATE TABLE poll_error_16 AS SELECT * FROM poll_error ORDER BY rowid;
DROP TABLE poll_error;
CREATE TABLE poll_error (
    poll     INTEGER NOT NULL REFERENCES poll (id),  -- where it happened
    media_id TEXT,                        -- the draft it is about; null where it is about the account
    code     INTEGER,                     -- the platform's errcode; null where it gave none
    message  TEXT NOT NULL,               -- what happened, in words
    endpoint TEXT,                        -- the endpoint that was called, for example draft/get; null where no call failed
    kind     TEXT,                        -- what kind of failure: quota, unreachable, not-stored …; null where an older program recorded it
    rid      TEXT                         -- the platform's id of the request; null where it gave none, and where an older program recorded it
) STRICT;

-- A value that was damaged on the disk must not keep the archive from this schema. Failures of the archive itself get their kind,
-- because reports of damage depend on it.
INSERT INTO poll_error
SELECT poll.id, CAST(media_id AS TEXT), iif(typeof(code) = 'integer', code, NULL), message,
       CASE WHEN code IS NOT NULL AND before NOT GLOB '*[^a-z_/]*' THEN nullif(before, '') END,
       CASE WHEN code IS NOT NULL THEN NULL
            WHEN message LIKE 'what it says now could not be stored%' THEN 'not-stored'
            WHEN message LIKE '%is kept, but the archive is damaged%'
              OR message LIKE '%polls go on, and no version is concerned%' THEN 'damaged'
            WHEN message LIKE '%drafts vanished at once%' THEN 'held-back' END,
       NULL
FROM (SELECT *, substr(message, 1, max(instr(message, ': ') - 1, 0)) AS before
      FROM (SELECT rowid AS place, poll, media_id, code, coalesce(CAST(message AS TEXT), '') AS message FROM poll_error_16)) old
JOIN poll ON poll.id = old.poll
ORDER BY place;
DROP TABLE poll_error_16;

CREATE INDEX poll_error_by_poll ON poll_error (poll);

CREATE TRIGGER poll_error_never_changes BEFORE UPDATE ON poll_error
BEGIN SELECT raise(ABORT, 'a poll never changes'); END;
CREATE TRIGGER poll_error_stays BEFORE DELETE ON poll_error
BEGIN SELECT raise(ABORT, 'a poll stays in the archive'); END;

-- The sum changes by the new columns alone. So it stays wrong where a value was damaged.
INSERT INTO checksum
SELECT 'poll_error', poll, row_checksum(poll, media_id, code, message, endpoint, kind, rid) - row_checksum(poll, media_id, code, message) FROM poll_error
    WHERE true ON CONFLICT DO UPDATE SET sum = iif(typeof(sum) = 'integer', sum, 0) + excluded.sum;

CREATE TRIGGER poll_error_checksum_insert AFTER INSERT ON poll_error
BEGIN INSERT INTO checksum VALUES ('poll_error', new.poll, row_checksum(new.poll, new.media_id, new.code, new.message, new.endpoint, new.kind, new.rid))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
