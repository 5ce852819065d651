-- Schema 16: restores that somebody asked for on the pages.

CREATE TABLE web_restore (
    form    TEXT PRIMARY KEY,            -- the random name of the form that was sent; the same form begins nothing twice
    restore INTEGER NOT NULL REFERENCES restore (id),  -- what it began, or completed
    user    TEXT NOT NULL,               -- who sent it: the user that the proxy names, or how they logged in: link, password
    address TEXT NOT NULL,               -- where it came from: an address, or the first half of one of IPv6
    sent_at TEXT NOT NULL,               -- when
    ending  TEXT                         -- how it ended, as JSON: the report, or the failure; null while it runs, and where it was cut off
) STRICT, WITHOUT ROWID;
CREATE INDEX web_restore_of_restore ON web_restore (restore);
