-- Schema 26: repairs. What is lost for good is written down, so that its absence is no damage.

CREATE TABLE repair (
    id          INTEGER PRIMARY KEY,
    repaired_at TEXT NOT NULL,           -- when this archive was made from what was left of a damaged one
    last_poll   INTEGER NOT NULL         -- the number of the last poll before, 0 where there was none: what polls up to it counted may be lost
) STRICT;

-- A number is given once: the versions that come after a lost one keep theirs.
CREATE TABLE lost_version (
    draft  INTEGER NOT NULL REFERENCES draft (id),  -- of which draft
    number INTEGER NOT NULL CHECK (number >= 1),    -- the number that the version had
    repair INTEGER NOT NULL REFERENCES repair (id), -- the repair that did not find it
    PRIMARY KEY (draft, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER repair_comes_once BEFORE INSERT ON repair
WHEN EXISTS (SELECT 1 FROM repair WHERE id = new.id)
BEGIN SELECT raise(ABORT, 'a repair never changes'); END;
CREATE TRIGGER repair_never_changes BEFORE UPDATE ON repair
BEGIN SELECT raise(ABORT, 'a repair never changes'); END;
CREATE TRIGGER repair_stays BEFORE DELETE ON repair
BEGIN SELECT raise(ABORT, 'a repair stays in the archive'); END;
CREATE TRIGGER lost_version_never_changes BEFORE UPDATE ON lost_version
BEGIN SELECT raise(ABORT, 'a lost version stays lost'); END;
CREATE TRIGGER lost_version_stays BEFORE DELETE ON lost_version
BEGIN SELECT raise(ABORT, 'a lost version stays lost'); END;

CREATE TRIGGER repair_checksum_insert AFTER INSERT ON repair
BEGIN INSERT INTO checksum VALUES ('repair', new.id, row_checksum(new.id, new.repaired_at, new.last_poll))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER lost_version_checksum_insert AFTER INSERT ON lost_version
BEGIN INSERT INTO checksum VALUES ('lost_version', new.draft, row_checksum(new.draft, new.number, new.repair))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
