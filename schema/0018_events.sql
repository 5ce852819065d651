-- Schema 18: events, the facts that somebody may have to be told of. Each is written in the transaction of what it tells of.

CREATE TABLE event (
    id                INTEGER PRIMARY KEY,
    account           INTEGER NOT NULL REFERENCES account (id),  -- whose draft it is
    draft             INTEGER REFERENCES draft (id),  -- what it happened to
    kind              TEXT NOT NULL,      -- what happened: draft.emptied, draft.gone and so on; schema/README.md names all
    severity          TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'alarm')),  -- how much it matters
    at                TEXT NOT NULL,      -- when a poll saw it, or a restore ended
    version           INTEGER,            -- the number of the draft's newest version then; the one that was made, where one was
    characters_before INTEGER,            -- characters of all bodies in the version before, blanks not counted; null where nothing was compared
    characters_after  INTEGER,            -- likewise in this version
    pictures_before   INTEGER,            -- pictures of all bodies and picture lists in the version before
    pictures_after    INTEGER             -- likewise in this version
) STRICT;

CREATE TRIGGER event_comes_once BEFORE INSERT ON event
WHEN EXISTS (SELECT 1 FROM event WHERE id = new.id)
BEGIN SELECT raise(ABORT, 'an event never changes'); END;
CREATE TRIGGER event_never_changes BEFORE UPDATE ON event
BEGIN SELECT raise(ABORT, 'an event never changes'); END;
CREATE TRIGGER event_stays BEFORE DELETE ON event
BEGIN SELECT raise(ABORT, 'an event stays in the archive'); END;

CREATE TRIGGER event_checksum_insert AFTER INSERT ON event
BEGIN INSERT INTO checksum VALUES ('event', new.account, row_checksum(new.id, new.account, new.draft, new.kind, new.severity, new.at, new.version, new.characters_before, new.characters_after, new.pictures_before, new.pictures_after))
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
       event.pictures_after
FROM event
JOIN account ON account.id = event.account
LEFT JOIN draft ON draft.id = event.draft
LEFT JOIN version ON version.draft = event.draft AND version.number = event.version;
