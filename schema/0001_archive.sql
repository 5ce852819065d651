-- The archive, schema 1. One SQLite file that ordinary tools can read; schema/README.md shows how.
--
-- Facts (version, whole, delta, received, poll) are written once: triggers refuse every change of them. The one
-- exception is the encoding of a document, which may go from `whole` to `delta` when a newer version arrives.
-- Instants are RFC 3339 in UTC with milliseconds, so that texts sort as instants do.

CREATE TABLE account (
    id         INTEGER PRIMARY KEY,       -- used inside the archive only
    name       TEXT NOT NULL UNIQUE,      -- the operator's name for the account
    appid      TEXT NOT NULL,             -- the platform's name for it; a name never changes its appid
    first_seen TEXT NOT NULL              -- when the first poll of it began
) STRICT;

CREATE TABLE draft (
    id            INTEGER PRIMARY KEY,    -- the small number that `draftkeep list` prints as #ID
    account       INTEGER NOT NULL REFERENCES account (id),  -- whose draft box it is in
    media_id      TEXT NOT NULL,          -- the platform's name for it, unique within its account
    state         TEXT NOT NULL DEFAULT 'live'
                  CHECK (state IN ('live', 'missing', 'published', 'deleted', 'gone')),  -- missing: not confirmed yet; gone: cause not known
    first_seen    TEXT NOT NULL,          -- when a poll first saw it
    last_seen     TEXT NOT NULL,          -- when a poll last saw it
    missing_since TEXT,                   -- when a poll first missed it; null while it is live
    UNIQUE (account, media_id),
    CHECK ((state = 'live') = (missing_since IS NULL))
) STRICT;

CREATE TABLE version (
    id          INTEGER PRIMARY KEY,      -- used inside the archive only; grows in the order of recording
    draft       INTEGER NOT NULL REFERENCES draft (id),  -- what it is a version of
    number      INTEGER NOT NULL CHECK (number >= 1),    -- 1, 2, 3 … within its draft
    hash        BLOB NOT NULL CHECK (length(hash) = 32), -- SHA-256 of its canonical bytes
    canon       INTEGER NOT NULL,         -- the number of the hash law that made them
    observed_at TEXT NOT NULL,            -- when a poll first saw this content
    update_time INTEGER,                  -- when the platform says it was saved, in Unix seconds; null where it did not say
    articles    INTEGER NOT NULL,         -- how many articles it holds
    title       TEXT NOT NULL,            -- of its first article
    UNIQUE (draft, number)
) STRICT;

-- A version's document is the platform's answer as received. It is kept whole while it is its draft's newest, and at
-- intervals; else as a delta on the version after it. A body is a zlib stream, or the plain bytes where compression
-- does not help, in the convention of SQLite's `sqlar`: it is plain exactly where its length is `length`.

CREATE TABLE whole (
    version INTEGER PRIMARY KEY REFERENCES version (id),  -- whose document this is
    length  INTEGER NOT NULL,             -- of the document, in bytes
    body    BLOB NOT NULL                 -- the document
) STRICT;

CREATE TABLE delta (
    version INTEGER PRIMARY KEY REFERENCES version (id),  -- whose document this is
    base    INTEGER NOT NULL REFERENCES version (id),     -- the next version of the same draft, on which it builds
    length  INTEGER NOT NULL,             -- of the operations, in bytes
    body    BLOB NOT NULL                 -- a JSON array: [offset, length] copies bytes of the base's document, "text" inserts
) STRICT;

CREATE TABLE received (
    version INTEGER PRIMARY KEY REFERENCES version (id),  -- whose document this is
    length  INTEGER NOT NULL,             -- in bytes
    body    BLOB NOT NULL                 -- the bytes as received, where they are not strict JSON in valid UTF-8; `whole` or `delta` then hold them repaired
) STRICT;

CREATE TABLE poll (
    id           INTEGER PRIMARY KEY,     -- used inside the archive only; grows in the order of recording
    account      INTEGER NOT NULL REFERENCES account (id),  -- what was polled
    started_at   TEXT NOT NULL,           -- when it began
    finished_at  TEXT NOT NULL,           -- when it ended
    strategy     TEXT NOT NULL,           -- list: draft/get of each configured draft; sweep: draft/batchget of the whole box
    calls        INTEGER NOT NULL,        -- calls to the platform, refused ones included
    seen         INTEGER NOT NULL,        -- drafts that were read
    new_versions INTEGER NOT NULL,        -- versions recorded
    missing      INTEGER NOT NULL,        -- drafts known before that were not there
    errors       INTEGER NOT NULL         -- failures; one row each in poll_error
) STRICT;

CREATE INDEX poll_by_account ON poll (account);

CREATE TABLE poll_error (
    poll     INTEGER NOT NULL REFERENCES poll (id),  -- where it happened
    media_id TEXT,                        -- the draft it is about; null where it is about the account
    code     INTEGER,                     -- the platform's errcode; null where it gave none
    message  TEXT NOT NULL                -- what happened, in words
) STRICT;

CREATE INDEX poll_error_by_poll ON poll_error (poll);

-- The quota ledger. The platform counts calls by account, interface and day; so do we, refused calls included.
CREATE TABLE call (
    account   INTEGER NOT NULL REFERENCES account (id),  -- whose quota it was
    interface TEXT NOT NULL,              -- for example draft/get
    day       TEXT NOT NULL,              -- YYYY-MM-DD in UTC+8, where the platform's counters start anew
    calls     INTEGER NOT NULL,           -- made on that day
    PRIMARY KEY (account, interface, day)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER account_keeps_its_name BEFORE UPDATE OF id, name, first_seen ON account
BEGIN SELECT raise(ABORT, 'an account never changes'); END;
CREATE TRIGGER account_keeps_its_appid BEFORE UPDATE OF appid ON account
WHEN EXISTS (SELECT 1 FROM draft WHERE draft.account = old.id)
BEGIN SELECT raise(ABORT, 'an account with drafts never changes its appid'); END;
CREATE TRIGGER account_stays BEFORE DELETE ON account
BEGIN SELECT raise(ABORT, 'an account stays in the archive'); END;
CREATE TRIGGER draft_keeps_its_identity BEFORE UPDATE OF id, account, media_id, first_seen ON draft
BEGIN SELECT raise(ABORT, 'a draft never changes its identity'); END;
CREATE TRIGGER draft_stays BEFORE DELETE ON draft
BEGIN SELECT raise(ABORT, 'a draft stays in the archive'); END;
CREATE TRIGGER version_never_changes BEFORE UPDATE ON version
BEGIN SELECT raise(ABORT, 'a version never changes'); END;
CREATE TRIGGER version_stays BEFORE DELETE ON version
BEGIN SELECT raise(ABORT, 'a version stays in the archive'); END;
CREATE TRIGGER whole_never_changes BEFORE UPDATE ON whole
BEGIN SELECT raise(ABORT, 'a document never changes'); END;
CREATE TRIGGER whole_goes_only_for_its_delta BEFORE DELETE ON whole
WHEN NOT EXISTS (SELECT 1 FROM delta WHERE delta.version = old.version)
BEGIN SELECT raise(ABORT, 'a document stays in the archive'); END;
CREATE TRIGGER delta_comes_only_for_its_whole BEFORE INSERT ON delta
WHEN NOT EXISTS (SELECT 1 FROM whole WHERE whole.version = new.version)
  OR NOT EXISTS (SELECT 1 FROM version old JOIN version newer ON newer.draft = old.draft AND newer.number > old.number
                 WHERE old.id = new.version AND newer.id = new.base)
BEGIN SELECT raise(ABORT, 'a delta replaces a whole document and builds on a newer version of its draft'); END;
CREATE TRIGGER delta_never_changes BEFORE UPDATE ON delta
BEGIN SELECT raise(ABORT, 'a document never changes'); END;
CREATE TRIGGER delta_stays BEFORE DELETE ON delta
BEGIN SELECT raise(ABORT, 'a document stays in the archive'); END;
CREATE TRIGGER received_never_changes BEFORE UPDATE ON received
BEGIN SELECT raise(ABORT, 'a document never changes'); END;
CREATE TRIGGER received_stays BEFORE DELETE ON received
BEGIN SELECT raise(ABORT, 'a document stays in the archive'); END;
CREATE TRIGGER poll_never_changes BEFORE UPDATE ON poll
BEGIN SELECT raise(ABORT, 'a poll never changes'); END;
CREATE TRIGGER poll_stays BEFORE DELETE ON poll
BEGIN SELECT raise(ABORT, 'a poll stays in the archive'); END;
CREATE TRIGGER poll_error_never_changes BEFORE UPDATE ON poll_error
BEGIN SELECT raise(ABORT, 'a poll never changes'); END;
CREATE TRIGGER poll_error_stays BEFORE DELETE ON poll_error
BEGIN SELECT raise(ABORT, 'a poll stays in the archive'); END;

-- INSERT OR REPLACE deletes what is in its way without asking the triggers above.
CREATE TRIGGER version_comes_once BEFORE INSERT ON version
WHEN EXISTS (SELECT 1 FROM version WHERE id = new.id)
  OR EXISTS (SELECT 1 FROM version WHERE draft = new.draft AND number = new.number)
BEGIN SELECT raise(ABORT, 'a version never changes'); END;
CREATE TRIGGER whole_comes_once BEFORE INSERT ON whole
WHEN EXISTS (SELECT 1 FROM whole WHERE version = new.version) OR EXISTS (SELECT 1 FROM delta WHERE version = new.version)
BEGIN SELECT raise(ABORT, 'a document never changes'); END;
CREATE TRIGGER received_comes_once BEFORE INSERT ON received
WHEN EXISTS (SELECT 1 FROM received WHERE version = new.version)
  OR EXISTS (SELECT 1 FROM version this JOIN version later ON later.draft = this.draft AND later.number > this.number
             WHERE this.id = new.version)
BEGIN SELECT raise(ABORT, 'a document never changes'); END;
CREATE TRIGGER poll_comes_once BEFORE INSERT ON poll
WHEN EXISTS (SELECT 1 FROM poll WHERE id = new.id)
BEGIN SELECT raise(ABORT, 'a poll never changes'); END;

-- What follows is the public face: these views keep their names and columns, whatever the tables become. They need
-- nothing but the stock sqlite3 shell.

-- Drafts, and how much we have of each.
CREATE VIEW draft_view AS
SELECT account.name AS account,
       draft.media_id,
       draft.state,
       newest.title,
       (SELECT count(*) FROM version WHERE version.draft = draft.id) AS versions,
       draft.first_seen,
       draft.last_seen,
       newest.observed_at AS last_changed
FROM draft
JOIN account ON account.id = draft.account
JOIN version newest ON newest.draft = draft.id
 AND newest.number = (SELECT max(number) FROM version WHERE version.draft = draft.id);

-- Versions, without their content.
CREATE VIEW version_view AS
SELECT account.name AS account,
       draft.media_id,
       version.number AS version,
       lower(hex(version.hash)) AS hash,
       version.observed_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', version.update_time, 'unixepoch') AS update_time,
       version.articles,
       version.title
FROM version
JOIN draft ON draft.id = version.draft
JOIN account ON account.id = draft.account;

-- Documents, rebuilt: from the version itself along its bases to one that is whole (path), and back again, applying
-- one delta a step. A correlated subquery, so that asking for one version rebuilds only that one.
CREATE VIEW document_view AS
SELECT account.name AS account,
       draft.media_id,
       version.number AS version,
       (WITH RECURSIVE
        path (version, depth) AS (
            SELECT version.id, 0
            UNION ALL
            SELECT delta.base, path.depth + 1 FROM path JOIN delta ON delta.version = path.version),
        step (depth, document) AS (
            SELECT path.depth, sqlar_uncompress(whole.body, whole.length)
            FROM path JOIN whole ON whole.version = path.version
            UNION ALL
            SELECT path.depth,
                   (SELECT CAST(group_concat(
                               CASE operation.type
                                   WHEN 'array' THEN CAST(substr(step.document,
                                                                 json_extract(operation.value, '$[0]') + 1,
                                                                 json_extract(operation.value, '$[1]')) AS TEXT)
                                   ELSE operation.value
                               END, '') AS BLOB)
                    FROM json_each(CAST(sqlar_uncompress(delta.body, delta.length) AS TEXT)) operation)
            FROM step
            JOIN path ON path.depth = step.depth - 1
            JOIN delta ON delta.version = path.version)
        SELECT CAST(document AS TEXT) FROM step WHERE depth = 0) AS document
FROM version
JOIN draft ON draft.id = version.draft
JOIN account ON account.id = draft.account;

-- Articles of every version, with their content.
CREATE VIEW article_view AS
SELECT document_view.account,
       document_view.media_id,
       document_view.version,
       article.key AS position,
       CASE
           WHEN coalesce(json_extract(article.value, '$.article_type'), '') <> '' THEN json_extract(article.value, '$.article_type')
           WHEN json_array_length(article.value, '$.image_info.image_list') > 0 THEN 'newspic'
           ELSE 'news'
       END AS type,
       coalesce(json_extract(article.value, '$.title'), '') AS title,
       coalesce(json_extract(article.value, '$.author'), '') AS author,
       coalesce(json_extract(article.value, '$.digest'), '') AS digest,
       coalesce(json_extract(article.value, '$.content_source_url'), '') AS content_source_url,
       coalesce(nullif(json_extract(article.value, '$.thumb_url'), ''), json_extract(article.value, '$.thumb_media_id'), '') AS cover,
       coalesce(json_extract(article.value, '$.content'), '') AS content
FROM document_view, json_each(document_view.document, '$.news_item') article;

-- Articles of the newest version of each draft.
CREATE VIEW latest_view AS
SELECT *
FROM article_view
WHERE version = (SELECT max(version)
                 FROM version_view
                 WHERE version_view.account = article_view.account AND version_view.media_id = article_view.media_id);

-- Polls, one row each.
CREATE VIEW poll_view AS
SELECT account.name AS account,
       poll.started_at,
       poll.finished_at,
       poll.strategy,
       poll.calls,
       poll.seen,
       poll.new_versions,
       poll.missing,
       poll.errors
FROM poll
JOIN account ON account.id = poll.account;
