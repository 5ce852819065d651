-- Schema 21: the outbox, what is to be sent to whom. It is made from the events and from the configuration, and tells what was sent.

CREATE TABLE outbox_target (
    name         TEXT PRIMARY KEY,      -- the name of a [[notify]] of the configuration
    cursor       INTEGER NOT NULL,      -- the number of the last event that was looked at for it; what happened before it was configured is not sent
    settings     TEXT NOT NULL,         -- 32 bits of a hash of its address: changed settings are tried again
    next_send_at TEXT,                  -- nothing is sent before: targets refuse who sends too often
    parked_at    TEXT,                  -- since when nothing is sent, because it refused for good
    last_sent_at TEXT,                  -- when it accepted a message last
    answer       TEXT,                  -- what it answered last, where it refused
    failed_at    TEXT                   -- when that was
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox_message (
    id       INTEGER PRIMARY KEY,       -- its number: the same for every try
    target   TEXT NOT NULL,             -- the name of the target
    severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'alarm')),  -- of the worst that it tells
    made_at  TEXT NOT NULL,             -- when it was put together
    due_at   TEXT NOT NULL,             -- when it is sent, or sent again
    tries    INTEGER NOT NULL,          -- how often it was sent
    doubts   INTEGER NOT NULL,          -- how often nobody knows whether it arrived
    state    TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'uncertain', 'rejected')),  -- uncertain: sent twice, no answer; rejected: the target takes no such message
    title    TEXT,                      -- what was sent last: its title
    body     TEXT,                      -- and its lines
    answer   TEXT,                      -- what the target answered last, where it refused
    ended_at TEXT                       -- when it was sent, or given up
) STRICT;
CREATE UNIQUE INDEX outbox_message_open ON outbox_message (target) WHERE state IN ('waiting', 'sending');

CREATE TABLE outbox_item (
    id          INTEGER PRIMARY KEY,
    target      TEXT NOT NULL,          -- the name of the target
    matter      TEXT NOT NULL,          -- what its events are about: draft:17, account:mag:credentials and so on
    first_event INTEGER NOT NULL REFERENCES event (id),
    worst_event INTEGER NOT NULL REFERENCES event (id),  -- the first of those that matter most
    last_event  INTEGER NOT NULL REFERENCES event (id),
    severity    TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'alarm')),  -- of the worst one
    opened_at   TEXT NOT NULL,          -- when the first event was put in
    due_at      TEXT NOT NULL,          -- when it is put into a message; until then, further events of the matter join it
    message     INTEGER REFERENCES outbox_message (id)  -- the message it is in; null while it waits
) STRICT;
CREATE UNIQUE INDEX outbox_item_open ON outbox_item (target, matter) WHERE message IS NULL;
CREATE INDEX outbox_item_of_message ON outbox_item (message) WHERE message IS NOT NULL;
