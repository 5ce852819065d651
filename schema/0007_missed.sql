-- Schema 7: when a draft was missed last, so that a poll that looked earlier and is written later undoes nothing.

CREATE TABLE missed (
    draft     INTEGER PRIMARY KEY REFERENCES draft (id),  -- which one; no row while it is live
    missed_at TEXT NOT NULL              -- when a poll last missed it
) STRICT;

-- A value that was damaged on the disk must not keep the archive from this schema.
INSERT INTO missed (draft, missed_at) SELECT id, CAST(missing_since AS TEXT) FROM draft WHERE missing_since IS NOT NULL;
