-- Schema 19: what is wrong with an account or with the service is an event when it begins and when it ends.

DROP VIEW event_view;
CREATE TABLE event_18 AS SELECT * FROM event ORDER BY id;
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
    reason            TEXT                -- what failed, in words
) STRICT;

-- A value that was damaged on the disk must not keep the archive from this schema.
INSERT INTO event
SELECT id, iif(account IN (SELECT id FROM account), account, NULL), iif(draft IN (SELECT id FROM draft), draft, NULL),
       coalesce(CAST(kind AS TEXT), ''), iif(severity IN ('info', 'warning', 'alarm'), severity, 'info'), coalesce(CAST(at AS TEXT), ''),
       iif(typeof(version) = 'integer', version, NULL),
       iif(typeof(characters_before) = 'integer', characters_before, NULL), iif(typeof(characters_after) = 'integer', characters_after, NULL),
       iif(typeof(pictures_before) = 'integer', pictures_before, NULL), iif(typeof(pictures_after) = 'integer', pictures_after, NULL),
       NULL, NULL, NULL, NULL
FROM event_18
ORDER BY id;

-- The sum changes by the new columns alone. So it stays wrong where a value was damaged. Events of the service belong to account 0.
INSERT INTO checksum
SELECT 'event', account,
       row_checksum(id, account, draft, kind, severity, at, version, characters_before, characters_after, pictures_before, pictures_after, NULL, NULL, NULL, NULL)
       - row_checksum(id, account, draft, kind, severity, at, version, characters_before, characters_after, pictures_before, pictures_after)
FROM event_18
    WHERE typeof(account) = 'integer' ON CONFLICT DO UPDATE SET sum = iif(typeof(sum) = 'integer', sum, 0) + excluded.sum;
DROP TABLE event_18;

CREATE INDEX event_of_condition ON event (kind, account) WHERE draft IS NULL;

CREATE TRIGGER event_comes_once BEFORE INSERT ON event
WHEN EXISTS (SELECT 1 FROM event WHERE id = new.id)
BEGIN SELECT raise(ABORT, 'an event never changes'); END;
CREATE TRIGGER event_never_changes BEFORE UPDATE ON event
BEGIN SELECT raise(ABORT, 'an event never changes'); END;
CREATE TRIGGER event_stays BEFORE DELETE ON event
BEGIN SELECT raise(ABORT, 'an event stays in the archive'); END;

CREATE TRIGGER event_checksum_insert AFTER INSERT ON event
BEGIN INSERT INTO checksum VALUES ('event', coalesce(new.account, 0), row_checksum(new.id, new.account, new.draft, new.kind, new.severity, new.at, new.version, new.characters_before, new.characters_after, new.pictures_before, new.pictures_after, new.address, new.quantity, new.until, new.reason))
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
       event.reason
FROM event
LEFT JOIN account ON account.id = event.account
LEFT JOIN draft ON draft.id = event.draft
LEFT JOIN version ON version.draft = event.draft AND version.number = event.version;
