-- Schema 8: how often fields changed although nobody saved. One difference proved nothing: what an older program set aside
-- after it counts as changed once.

CREATE TABLE flip (
    account INTEGER NOT NULL REFERENCES account (id),  -- whose drafts
    field   TEXT NOT NULL,                -- its name, as the platform writes it
    flips   INTEGER NOT NULL CHECK (flips >= 1),  -- how often it was seen to change
    last_at TEXT NOT NULL,                -- when it was last seen to
    PRIMARY KEY (account, field)
) STRICT, WITHOUT ROWID;

-- A value that was damaged on the disk must not keep the archive from this schema.
INSERT OR IGNORE INTO flip (account, field, flips, last_at)
SELECT account.id, CAST(field AS TEXT), 1, coalesce(CAST(found_at AS TEXT), '')
FROM volatile JOIN account ON account.id = volatile.account
WHERE field IS NOT NULL;
DELETE FROM volatile;
