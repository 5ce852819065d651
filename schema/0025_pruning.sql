-- Schema 25: versions may be pruned. Which numbers went is recorded, and none of them is given again.

CREATE TABLE pruned (
    draft         INTEGER NOT NULL REFERENCES draft (id),  -- of which draft
    first_version INTEGER NOT NULL CHECK (first_version >= 1),  -- the number of the first of some versions that went together
    last_version  INTEGER NOT NULL CHECK (last_version >= first_version),  -- the number of the last one; every number between went too
    title         TEXT NOT NULL,          -- of version 1, where that is one of them: an export names the draft's directory by it; else empty
    pruned_at     TEXT NOT NULL,          -- when
    PRIMARY KEY (draft, first_version)
) STRICT, WITHOUT ROWID;

-- The draft that is being pruned. Its row refers to a row that is never there, which is asked at the commit: so there is one only
-- within a transaction.
CREATE TABLE pruning (
    draft INTEGER PRIMARY KEY REFERENCES draft (id),  -- which draft
    never INTEGER NOT NULL DEFAULT 0 CHECK (never = 0) REFERENCES journal_mark (id) DEFERRABLE INITIALLY DEFERRED  -- no such row
) STRICT;

-- The versions whose document builds on one that goes.
CREATE INDEX delta_by_base ON delta (base);

CREATE TRIGGER pruned_never_changes BEFORE UPDATE ON pruned
BEGIN SELECT raise(ABORT, 'what was pruned stays pruned'); END;
CREATE TRIGGER pruned_stays BEFORE DELETE ON pruned
BEGIN SELECT raise(ABORT, 'what was pruned stays pruned'); END;
CREATE TRIGGER pruned_comes_once BEFORE INSERT ON pruned
WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE draft = new.draft)
  OR EXISTS (SELECT 1 FROM pruned WHERE draft = new.draft AND first_version <= new.last_version AND last_version >= new.first_version)
BEGIN SELECT raise(ABORT, 'what was pruned stays pruned'); END;
CREATE TRIGGER pruned_checksum_insert AFTER INSERT ON pruned
BEGIN INSERT INTO checksum VALUES ('pruned', new.draft, row_checksum(new.draft, new.first_version, new.last_version, new.title, new.pruned_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;

-- What never changed may go, or change its form, where its draft is being pruned. A version goes only where that is recorded, and never the newest.
DROP TRIGGER version_stays;
CREATE TRIGGER version_stays BEFORE DELETE ON version
WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE draft = old.draft)
  OR NOT EXISTS (SELECT 1 FROM pruned WHERE draft = old.draft AND old.number BETWEEN first_version AND last_version)
  OR NOT EXISTS (SELECT 1 FROM version newer WHERE newer.draft = old.draft AND newer.number > old.number)
BEGIN SELECT raise(ABORT, 'a version stays in the archive'); END;

DROP TRIGGER version_comes_once;
CREATE TRIGGER version_comes_once BEFORE INSERT ON version
WHEN EXISTS (SELECT 1 FROM version WHERE id = new.id)
  OR EXISTS (SELECT 1 FROM version WHERE draft = new.draft AND number = new.number)
  OR EXISTS (SELECT 1 FROM pruned WHERE draft = new.draft AND new.number BETWEEN first_version AND last_version)
BEGIN SELECT raise(ABORT, 'a version never changes'); END;

DROP TRIGGER whole_goes_only_for_its_delta;
CREATE TRIGGER whole_goes_only_for_its_delta BEFORE DELETE ON whole
WHEN NOT EXISTS (SELECT 1 FROM delta WHERE delta.version = old.version)
 AND NOT EXISTS (SELECT 1 FROM version JOIN pruning ON pruning.draft = version.draft WHERE version.id = old.version)
BEGIN SELECT raise(ABORT, 'a document stays in the archive'); END;

DROP TRIGGER whole_comes_once;
CREATE TRIGGER whole_comes_once BEFORE INSERT ON whole
WHEN EXISTS (SELECT 1 FROM whole WHERE version = new.version)
  OR (EXISTS (SELECT 1 FROM version this JOIN version later ON later.draft = this.draft AND later.number > this.number
              WHERE this.id = new.version AND typeof(later.number) = 'integer')
      AND NOT EXISTS (SELECT 1 FROM version JOIN pruning ON pruning.draft = version.draft WHERE version.id = new.version))
BEGIN SELECT raise(ABORT, 'a document never changes'); END;

DROP TRIGGER delta_comes_only_for_its_whole;
CREATE TRIGGER delta_comes_only_for_its_whole BEFORE INSERT ON delta
WHEN (NOT EXISTS (SELECT 1 FROM whole WHERE whole.version = new.version)
      AND NOT EXISTS (SELECT 1 FROM version JOIN pruning ON pruning.draft = version.draft WHERE version.id = new.version))
  OR NOT EXISTS (SELECT 1 FROM version old JOIN version newer ON newer.draft = old.draft AND newer.number > old.number
                 WHERE old.id = new.version AND newer.id = new.base)
BEGIN SELECT raise(ABORT, 'a delta replaces a whole document and builds on a newer version of its draft'); END;

DROP TRIGGER delta_stays;
CREATE TRIGGER delta_stays BEFORE DELETE ON delta
WHEN NOT EXISTS (SELECT 1 FROM version JOIN pruning ON pruning.draft = version.draft WHERE version.id = old.version)
BEGIN SELECT raise(ABORT, 'a document stays in the archive'); END;

DROP TRIGGER received_stays;
CREATE TRIGGER received_stays BEFORE DELETE ON received
WHEN NOT EXISTS (SELECT 1 FROM version JOIN pruning ON pruning.draft = version.draft WHERE version.id = old.version)
BEGIN SELECT raise(ABORT, 'a document stays in the archive'); END;

DROP TRIGGER picture_use_stays;
CREATE TRIGGER picture_use_stays BEFORE DELETE ON picture_use
WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE draft = old.draft)
  OR EXISTS (SELECT 1 FROM version WHERE draft = old.draft AND number BETWEEN old.first_version AND coalesce(old.last_version, number))
BEGIN SELECT raise(ABORT, 'a version never changes'); END;

CREATE TRIGGER version_checksum_delete AFTER DELETE ON version
BEGIN INSERT INTO checksum VALUES ('version', old.id, -row_checksum(old.id, old.draft, old.number, old.hash, old.canon, old.observed_at, old.update_time, old.articles, old.title))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER delta_checksum_delete AFTER DELETE ON delta
BEGIN INSERT INTO checksum VALUES ('document', old.version, -row_checksum(old.version, old.base, old.length, old.body))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER received_checksum_delete AFTER DELETE ON received
BEGIN INSERT INTO checksum VALUES ('document', old.version, -row_checksum(old.version, old.length, old.body))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER picture_use_checksum_delete AFTER DELETE ON picture_use
BEGIN INSERT INTO checksum VALUES ('picture_use', old.draft, -row_checksum(old.draft, old.position, old.place, old.picture, old.first_version, old.last_version))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;

-- A count that is no number is counted anew.
CREATE TRIGGER version_is_counted_no_more AFTER DELETE ON version
BEGIN UPDATE version_count SET versions = iif(typeof(versions) = 'integer', versions - 1,
          (SELECT count(*) FROM version JOIN draft ON draft.id = version.draft
           WHERE draft.account = version_count.account AND coalesce(date(observed_at, '+8 hours'), '') = version_count.day))
      WHERE account = (SELECT account FROM draft WHERE id = old.draft) AND day = coalesce(date(old.observed_at, '+8 hours'), ''); END;

-- Versions that were pruned, one row for those of a draft that followed one another and went together.
CREATE VIEW pruned_view AS
SELECT account.name AS account,
       draft.media_id,
       pruned.first_version,
       pruned.last_version,
       pruned.pruned_at
FROM pruned
JOIN draft ON draft.id = pruned.draft
JOIN account ON account.id = draft.account;
