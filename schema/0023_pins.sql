-- Schema 23: versions that somebody pinned, so that pruning keeps them.

CREATE TABLE pin (
    version   INTEGER PRIMARY KEY REFERENCES version (id),  -- which version
    note      TEXT NOT NULL,             -- why, in the words of who pinned it; empty where they said nothing
    user      TEXT NOT NULL,             -- who pinned it: the name of a user of the machine
    pinned_at TEXT NOT NULL              -- when
) STRICT;

CREATE TRIGGER pin_checksum_insert AFTER INSERT ON pin
BEGIN INSERT INTO checksum VALUES ('pin', new.version, row_checksum(new.version, new.note, new.user, new.pinned_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER pin_checksum_delete AFTER DELETE ON pin
BEGIN INSERT INTO checksum VALUES ('pin', old.version, -row_checksum(old.version, old.note, old.user, old.pinned_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;

-- Pinned versions, one row each.
CREATE VIEW pin_view AS
SELECT account.name AS account,
       draft.media_id,
       version.number AS version,
       pin.note,
       pin.user,
       pin.pinned_at
FROM pin
JOIN version ON version.id = pin.version
JOIN draft ON draft.id = version.draft
JOIN account ON account.id = draft.account;
