-- Schema 8: how often fields changed although nobody saved. One difference proved nothing: what an older program set aside
-- after it counts as changed once.

CREATE TABLE flip (
    account INTEGER NOT NULL REFERENCES account (id),  -- whose drafts
    field   TEXT NOT NULL,                -- its name, as the platform writes it
    flips   INTEGER NOT NULL CHECK (flips >= 1),  -- how often it was seen to change
    last_at TEXT NOT NULL,                -- when it was last seen to
    PRIMARY KEY (account, field)
) STRICT, WITHOUT ROWID;

INSERT INTO flip (account, field, flips, last_at) SELECT account, field, 1, found_at FROM volatile;
DELETE FROM volatile;
