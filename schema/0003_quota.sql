-- Schema 3: what the platform allows and what was used of it, what it has closed, and what the planner has learned.

-- What the platform told of a day's limit. It is everybody's together: what was counted beyond our own calls was made by
-- the account's other systems. Our own calls are in the table call.
CREATE TABLE quota (
    account     INTEGER NOT NULL REFERENCES account (id),  -- whose it is
    interface   TEXT NOT NULL,           -- for example draft/get
    day         TEXT NOT NULL,           -- YYYY-MM-DD in UTC+8, as in call
    daily_limit INTEGER NOT NULL,        -- calls that everybody together may make on that day
    others      INTEGER NOT NULL,        -- made on that day by the account's other systems
    limit_from  TEXT NOT NULL
                CHECK (limit_from IN ('quota/get', '45009')),  -- who told: openapi/quota/get, or a refusal beyond the limit
    told_at     TEXT NOT NULL,           -- when
    PRIMARY KEY (account, interface, day)
) STRICT, WITHOUT ROWID;

-- An interface that the platform has closed for the account. The row goes when a call is answered again.
CREATE TABLE closed (
    account   INTEGER NOT NULL REFERENCES account (id),  -- for whom
    interface TEXT NOT NULL,             -- for example draft/get; * is all of them
    since     TEXT NOT NULL,             -- when it was closed
    until     TEXT NOT NULL,             -- when it is tried again
    code      INTEGER NOT NULL,          -- the platform's errcode
    message   TEXT NOT NULL,             -- what it said, in words
    PRIMARY KEY (account, interface)
) STRICT, WITHOUT ROWID;

-- What the platform last told of a draft's times, in Unix seconds. Where update_time is not read_time, there is something
-- to read.
CREATE TABLE draft_time (
    draft       INTEGER PRIMARY KEY REFERENCES draft (id),  -- of which draft
    create_time INTEGER,                 -- when it was made; null where it was not told
    update_time INTEGER,                 -- when it was last saved; null where it was not told
    read_time   INTEGER                  -- update_time of the content that was read last
) STRICT;

-- What was learned of an account.
CREATE TABLE habit (
    account    INTEGER PRIMARY KEY REFERENCES account (id),  -- whose
    list_order TEXT CHECK (list_order IN ('created', 'updated', 'other')),  -- what draft/batchget was seen to sort by, newest first; null while nothing told
    checked_at TEXT,                     -- when one draft was read twice, to see what differs by itself; null before
    learned    TEXT NOT NULL DEFAULT '{}' -- the planner's figures, JSON: when people save, what others use; it forgets by itself
) STRICT;

-- Fields that change although nobody saved: what differs in them alone makes no version.
CREATE TABLE volatile (
    account  INTEGER NOT NULL REFERENCES account (id),  -- whose drafts
    field    TEXT NOT NULL,              -- its name, as the platform writes it
    found_at TEXT NOT NULL,              -- when it was first seen to change
    PRIMARY KEY (account, field)
) STRICT, WITHOUT ROWID;

-- The ledger: our calls and what the platform told, one row for each account, interface and day.
CREATE VIEW quota_view AS
SELECT account.name AS account,
       line.interface,
       line.day,
       coalesce(call.calls, 0) AS calls,
       quota.others,
       quota.daily_limit,
       quota.limit_from,
       quota.told_at
FROM (SELECT account, interface, day FROM call UNION SELECT account, interface, day FROM quota) AS line
JOIN account ON account.id = line.account
LEFT JOIN call ON call.account = line.account AND call.interface = line.interface AND call.day = line.day
LEFT JOIN quota ON quota.account = line.account AND quota.interface = line.interface AND quota.day = line.day;
