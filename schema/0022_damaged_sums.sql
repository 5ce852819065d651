-- Schema 22: a checksum or a count of versions that was damaged on the disk keeps nothing from being recorded.

-- A sum that nothing can be added to counts from 0. So it stays wrong, and verify reports it.
CREATE TRIGGER checksum_can_be_added_to BEFORE INSERT ON checksum
WHEN EXISTS (SELECT 1 FROM checksum WHERE kind = new.kind AND id = new.id
             AND (typeof(sum) <> 'integer' OR sum NOT BETWEEN -4611686018427387904 AND 4611686018427387904))
BEGIN UPDATE checksum SET sum = 0 WHERE kind = new.kind AND id = new.id; END;

-- A count that is no number is counted anew.
DROP TRIGGER version_is_counted;
CREATE TRIGGER version_is_counted AFTER INSERT ON version
BEGIN INSERT INTO version_count
      SELECT account.id, coalesce(date(new.observed_at, '+8 hours'), ''), 1
      FROM draft JOIN account ON account.id = draft.account WHERE draft.id = new.draft
      ON CONFLICT DO UPDATE SET versions = iif(typeof(versions) = 'integer', versions + 1,
          (SELECT count(*) FROM version JOIN draft ON draft.id = version.draft
           WHERE draft.account = version_count.account AND coalesce(date(observed_at, '+8 hours'), '') = version_count.day)); END;
