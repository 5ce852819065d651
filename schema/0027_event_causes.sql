-- Schema 27: an event of a condition says what failed as facts, and which target of notifications it is about.

-- Items of the outbox name events, and name the same ones afterwards.
PRAGMA defer_foreign_keys = ON;

DROP VIEW event_view;
CREATE TABLE event_26 AS SELECT * FROM event ORDER BY id;
DROP TABLE event;
CREATE TABLE event (
    id                INTEGER PRIMARY KEY,
    account           INTEGER REFERENCES account (id),  -- whose draft it is, or what it is about; null where it is about the service
    draft             INTEGER REFERENCES draft (id),  -- what it happened to; null where it is about an account or the service
    kind              TEXT NOT NULL,      -- what happened: draft.emptied, account.late and so on; schema/README.md names all
    severity          TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'alarm')),  -- how much it matters
    at                TEXT NOT NULL,      -- when a poll or the daemon saw it, or a restore ended
    version           INTEGER,            -- the number of the draft's newest version then; the one that was made, where one was
    characters_before INTEGER,            -- characters of all bodies in the version before, blanks not counted; null where nothing was compared
    characters_after  INTEGER,            -- likewise in this version
    pictures_before   INTEGER,            -- pictures of all bodies and picture lists in the version before
    pictures_after    INTEGER,            -- likewise in this version
    address           TEXT,               -- the address to enter in the whitelist
    quantity          INTEGER,            -- how many drafts vanished, how many pictures or restores there are, or how many bytes are free
    until             TEXT,               -- until when the limit is used up, or when the platform is called again
    reason            TEXT,               -- what failed, in the words of the program or the platform; the last answer of a target
    target            TEXT,               -- the target of notifications that it is about
    failure           TEXT,               -- the kind of failure, as in poll_error; null where none is known
    code              INTEGER             -- the platform's errcode
) STRICT;

-- A value that was damaged on the disk must not keep the archive from this schema.
INSERT INTO event
SELECT id, iif(account IN (SELECT id FROM account), account, NULL), iif(draft IN (SELECT id FROM draft), draft, NULL),
       coalesce(CAST(kind AS TEXT), ''), iif(severity IN ('info', 'warning', 'alarm'), severity, 'info'), coalesce(CAST(at AS TEXT), ''),
       iif(typeof(version) = 'integer', version, NULL),
       iif(typeof(characters_before) = 'integer', characters_before, NULL), iif(typeof(characters_after) = 'integer', characters_after, NULL),
       iif(typeof(pictures_before) = 'integer', pictures_before, NULL), iif(typeof(pictures_after) = 'integer', pictures_after, NULL),
       address, iif(typeof(quantity) = 'integer', quantity, NULL), until, reason, NULL, NULL, NULL
FROM event_26
ORDER BY id;

-- The sum changes by the new columns alone. So it stays wrong where a value was damaged. Events of the service belong to account 0.
INSERT INTO checksum
SELECT 'event', coalesce(account, 0),
       row_checksum(id, account, draft, kind, severity, at, version, characters_before, characters_after, pictures_before, pictures_after, address, quantity, until, reason, NULL, NULL, NULL)
       - row_checksum(id, account, draft, kind, severity, at, version, characters_before, characters_after, pictures_before, pictures_after, address, quantity, until, reason)
FROM event_26
    WHERE typeof(coalesce(account, 0)) = 'integer' ON CONFLICT DO UPDATE SET sum = iif(typeof(sum) = 'integer', sum, 0) + excluded.sum;
DROP TABLE event_26;

CREATE INDEX event_of_condition ON event (kind, account) WHERE draft IS NULL;

CREATE TRIGGER event_comes_once BEFORE INSERT ON event
WHEN EXISTS (SELECT 1 FROM event WHERE id = new.id)
BEGIN SELECT raise(ABORT, 'an event never changes'); END;
CREATE TRIGGER event_never_changes BEFORE UPDATE ON event
BEGIN SELECT raise(ABORT, 'an event never changes'); END;
CREATE TRIGGER event_stays BEFORE DELETE ON event
BEGIN SELECT raise(ABORT, 'an event stays in the archive'); END;

CREATE TRIGGER event_checksum_insert AFTER INSERT ON event
BEGIN INSERT INTO checksum VALUES ('event', coalesce(new.account, 0), row_checksum(new.id, new.account, new.draft, new.kind, new.severity, new.at, new.version, new.characters_before, new.characters_after, new.pictures_before, new.pictures_after, new.address, new.quantity, new.until, new.reason, new.target, new.failure, new.code))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;

CREATE VIEW event_view AS
SELECT event.id AS event,
       event.at,
       event.severity,
       event.kind,
       account.name AS account,
       draft.media_id,
       event.version,
       iif(instr(version.title, char(0)),
           json_extract(replace(replace(replace(json_quote(version.title), '\\', char(1)), '\u0000', '\ufffd'), char(1), '\\'), '$'),
           version.title) AS title,
       event.characters_before,
       event.characters_after,
       event.pictures_before,
       event.pictures_after,
       event.address,
       event.quantity,
       event.until,
       event.reason,
       event.target,
       event.failure,
       event.code
FROM event
LEFT JOIN account ON account.id = event.account
LEFT JOIN draft ON draft.id = event.draft
LEFT JOIN version ON version.draft = event.draft AND version.number = event.version;
