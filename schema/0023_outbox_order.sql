-- Schema 23: a message of which nobody knows whether it arrived holds up nothing that is about other matters; what lasts is told again.

-- There may be several of them: at most one that nobody can have got, which takes up what becomes due, and some in doubt.
DROP INDEX outbox_message_open;
CREATE INDEX outbox_message_open ON outbox_message (target) WHERE state IN ('waiting', 'sending');

-- What was a target told last of a matter?
CREATE INDEX outbox_item_of_matter ON outbox_item (target, matter, id);

CREATE TABLE outbox_reminder (
    target  TEXT PRIMARY KEY,           -- the name of the target
    look_at TEXT NOT NULL               -- when the conditions that last are looked at next, to tell it of them again
) STRICT, WITHOUT ROWID;
