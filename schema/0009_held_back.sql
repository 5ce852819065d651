-- Schema 9: drafts that are held back. Too many vanished at once to believe it; what is known of their absence is kept here,
-- and draft tells what was concluded before.

CREATE TABLE held_back (
    draft        INTEGER PRIMARY KEY REFERENCES draft (id),  -- which draft; the row goes when it is seen again, and when its absence is believed
    since        TEXT NOT NULL,          -- when it vanished together with the others
    confirmed_at TEXT,                   -- when draft/get first answered 40007 for it; ten minutes later a second such answer is believed. Null before
    asked_at     TEXT                    -- when draft/get last did: then the draft was looked at. Null before
) STRICT;
