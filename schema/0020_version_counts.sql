-- Schema 20: how many versions each account has, counted as they are recorded, so that nobody counts rows.

-- The days are those of the table call, so that one row tells what was recorded today.
CREATE TABLE version_count (
    account  INTEGER NOT NULL REFERENCES account (id),  -- whose drafts
    day      TEXT NOT NULL,              -- YYYY-MM-DD in UTC+8: when the versions were first seen; empty where that cannot be read
    versions INTEGER NOT NULL,           -- how many versions of all its drafts
    PRIMARY KEY (account, day)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER version_count_checksum_insert AFTER INSERT ON version_count
BEGIN INSERT INTO checksum VALUES ('version_count', new.account, row_checksum(new.account, new.day, new.versions))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER version_count_checksum_update AFTER UPDATE ON version_count
BEGIN INSERT INTO checksum VALUES ('version_count', new.account, row_checksum(new.account, new.day, new.versions)
            - row_checksum(old.account, old.day, old.versions))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;

INSERT INTO version_count
SELECT account.id, coalesce(date(version.observed_at, '+8 hours'), ''), count(*)
FROM version JOIN draft ON draft.id = version.draft JOIN account ON account.id = draft.account
GROUP BY 1, 2;

CREATE TRIGGER version_is_counted AFTER INSERT ON version
BEGIN INSERT INTO version_count
      SELECT account.id, coalesce(date(new.observed_at, '+8 hours'), ''), 1
      FROM draft JOIN account ON account.id = draft.account WHERE draft.id = new.draft
      ON CONFLICT DO UPDATE SET versions = versions + 1; END;
