-- Schema 4: pictures as bytes, what was uploaded again, and restores step by step.

-- The bytes of a picture, once each however often it is used.
CREATE TABLE asset (
    id        INTEGER PRIMARY KEY,       -- used inside the archive only
    sha256    BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),  -- of its bytes
    type      TEXT NOT NULL,             -- image/png and the like, by its first bytes
    width     INTEGER,                   -- in pixels, by its header; null where it does not say
    height    INTEGER,                   -- likewise
    stored_at TEXT NOT NULL,             -- when it was fetched first
    body      BLOB NOT NULL              -- the bytes as received
) STRICT;

-- A picture as the drafts of an account name it, held or not.
CREATE TABLE picture (
    id       INTEGER PRIMARY KEY,        -- used inside the archive only
    account  INTEGER NOT NULL REFERENCES account (id),  -- whose drafts use it
    identity TEXT NOT NULL,              -- what stays of its address whatever its size and query (the hash law); a media_id where there is no address
    media_id TEXT,                       -- by which material/get_material gives it; null where none was told
    address  TEXT,                       -- where it was last said to be; null where it was not
    asset    INTEGER REFERENCES asset (id),  -- its bytes; null while they are not held
    tries    INTEGER NOT NULL DEFAULT 0, -- how often it was asked for and not had
    due_at   TEXT,                       -- when it is asked for next; null where it is held, and where it will never be had
    reason   TEXT,                       -- why it is not held, in words; null where it is, and before the first try
    UNIQUE (account, identity),
    CHECK (asset IS NULL OR (due_at IS NULL AND reason IS NULL))
) STRICT;

CREATE INDEX picture_by_due ON picture (account, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX picture_by_asset ON picture (asset);

-- Where a version needs a picture.
CREATE TABLE picture_use (
    version  INTEGER NOT NULL REFERENCES version (id),  -- which version
    position INTEGER NOT NULL,           -- of the article, from 0
    place    TEXT NOT NULL CHECK (place IN ('cover', 'list', 'body')),  -- list: the pictures of a 图片消息
    picture  INTEGER NOT NULL REFERENCES picture (id),  -- which picture
    PRIMARY KEY (version, position, place, picture)
) STRICT, WITHOUT ROWID;

CREATE INDEX picture_use_by_picture ON picture_use (picture);

-- How far the versions of an account were looked through for pictures.
CREATE TABLE looked (
    account INTEGER PRIMARY KEY REFERENCES account (id),  -- whose
    version INTEGER NOT NULL             -- the last one; those of a lower number are in picture_use
) STRICT;

-- Pictures that a restore uploaded, so that the next one need not.
CREATE TABLE upload (
    account     INTEGER NOT NULL REFERENCES account (id),  -- to whom
    asset       INTEGER NOT NULL REFERENCES asset (id),    -- what
    door        TEXT NOT NULL CHECK (door IN ('body', 'material')),  -- body: media/uploadimg; material: material/add_material
    media_id    TEXT,                    -- of the material; null for a body, whose pictures have none
    address     TEXT NOT NULL,           -- where the platform put it
    uploaded_at TEXT NOT NULL,           -- when
    PRIMARY KEY (account, asset, door),
    CHECK ((door = 'material') = (media_id IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- Restores to a draft box, now of every kind.
DROP VIEW restore_view;
CREATE TABLE restore_3 AS SELECT * FROM restore;
DROP TABLE restore;
CREATE TABLE restore (
    id          INTEGER PRIMARY KEY,      -- grows in the order of beginning
    kind        TEXT NOT NULL CHECK (kind IN ('as-new', 'in-place', 'undo')),  -- undo: of another restore, whose number is in undoes
    version     INTEGER NOT NULL REFERENCES version (id),  -- what went back out
    account     INTEGER NOT NULL REFERENCES account (id),  -- whose draft box it went into
    choices     TEXT NOT NULL DEFAULT '{}',  -- what the operator decided, JSON, so that it can be resumed
    before      INTEGER REFERENCES version (id),  -- in place: what the draft said before; null where a new draft was made
    result      INTEGER REFERENCES version (id),  -- what the platform made of it; null while that was not read
    undoes      INTEGER REFERENCES restore (id),  -- the restore that this one takes back
    started_at  TEXT NOT NULL,            -- when it began; the row is written before the platform is asked for anything
    finished_at TEXT,                     -- when it ended; null while it runs, and where it was cut off
    outcome     TEXT NOT NULL DEFAULT 'begun'
                CHECK (outcome IN ('begun', 'done', 'failed', 'partly', 'unknown')),  -- failed: nothing was written; partly: some articles were; unknown: the platform's answer was lost, and the draft not found yet
    media_id    TEXT,                     -- of the draft that says it now
    CHECK ((outcome = 'begun') = (finished_at IS NULL)),
    CHECK ((outcome = 'done') = (media_id IS NOT NULL)),
    CHECK ((kind = 'undo') = (undoes IS NOT NULL))
) STRICT;
-- A value that was damaged on the disk must not keep the archive from this schema. An outcome that nobody knows is unknown.
INSERT INTO restore (id, kind, version, account, started_at, finished_at, outcome, media_id)
SELECT old.id, 'as-new', version.id, account.id, coalesce(CAST(started_at AS TEXT), ''),
       iif(outcome = 'begun', NULL, coalesce(CAST(finished_at AS TEXT), '')), outcome,
       iif(outcome = 'done', coalesce(CAST(media_id AS TEXT), ''), NULL)
FROM (SELECT id, version, account, started_at, finished_at, media_id,
             iif(outcome IN ('begun', 'done', 'failed', 'unknown'), outcome, 'unknown') AS outcome FROM restore_3) old
JOIN version ON version.id = old.version
JOIN account ON account.id = old.account;
UPDATE restore SET result = (
    SELECT version.id FROM version JOIN draft ON draft.id = version.draft
    WHERE draft.account = restore.account AND draft.media_id = restore.media_id AND version.number = 1);

-- What a restore asks of the platform, written down before it is asked.
CREATE TABLE restore_step (
    restore  INTEGER NOT NULL REFERENCES restore (id),  -- whose step
    number   INTEGER NOT NULL CHECK (number >= 1),      -- 1, 2, 3 … within its restore
    step     TEXT NOT NULL CHECK (step IN ('upload', 'add', 'update', 'delete')),  -- what is asked
    about    TEXT NOT NULL,              -- upload: the door and the SHA-256 of the picture; update: the position of the article; else empty
    began_at TEXT NOT NULL,              -- when it was written down
    done_at  TEXT,                       -- when the platform had answered; null while nobody knows
    media_id TEXT,                       -- add: of the draft that was made
    PRIMARY KEY (restore, number)
) STRICT, WITHOUT ROWID;

-- Nobody knew of steps before, and every open restore may have made its draft.
INSERT INTO restore_step (restore, number, step, about, began_at)
SELECT id, 1, 'add', '', started_at FROM restore WHERE outcome IN ('begun', 'unknown');
DROP TABLE restore_3;

-- A plan to restore in place that was shown: what the draft said then, so that what was changed since is not overwritten.
CREATE TABLE plan (
    version    INTEGER PRIMARY KEY REFERENCES version (id),  -- what is to go back
    over       INTEGER NOT NULL REFERENCES version (id),     -- what the draft said when the plan was shown
    planned_at TEXT NOT NULL             -- when
) STRICT;

CREATE TRIGGER asset_never_changes BEFORE UPDATE ON asset
BEGIN SELECT raise(ABORT, 'an asset never changes'); END;
CREATE TRIGGER asset_stays BEFORE DELETE ON asset
BEGIN SELECT raise(ABORT, 'an asset stays in the archive'); END;
CREATE TRIGGER asset_comes_once BEFORE INSERT ON asset
WHEN EXISTS (SELECT 1 FROM asset WHERE id = new.id OR sha256 = new.sha256)
BEGIN SELECT raise(ABORT, 'an asset never changes'); END;
CREATE TRIGGER picture_keeps_its_identity BEFORE UPDATE OF id, account, identity ON picture
BEGIN SELECT raise(ABORT, 'a picture never changes its identity'); END;
CREATE TRIGGER picture_keeps_its_asset BEFORE UPDATE OF asset ON picture
WHEN old.asset IS NOT NULL AND new.asset IS NOT old.asset
BEGIN SELECT raise(ABORT, 'a picture that is held stays held'); END;
CREATE TRIGGER picture_stays BEFORE DELETE ON picture
BEGIN SELECT raise(ABORT, 'a picture stays in the archive'); END;
CREATE TRIGGER picture_use_never_changes BEFORE UPDATE ON picture_use
BEGIN SELECT raise(ABORT, 'a version never changes'); END;
CREATE TRIGGER picture_use_stays BEFORE DELETE ON picture_use
BEGIN SELECT raise(ABORT, 'a version never changes'); END;
CREATE TRIGGER restore_keeps_its_identity BEFORE UPDATE OF id, kind, version, account, choices, undoes, started_at ON restore
BEGIN SELECT raise(ABORT, 'a restore never changes what it is of'); END;
CREATE TRIGGER restore_that_ended_never_changes BEFORE UPDATE ON restore
WHEN old.outcome IN ('done', 'failed')
BEGIN SELECT raise(ABORT, 'a restore that has ended never changes'); END;
CREATE TRIGGER restore_stays BEFORE DELETE ON restore
BEGIN SELECT raise(ABORT, 'a restore stays in the archive'); END;
CREATE TRIGGER restore_comes_once BEFORE INSERT ON restore
WHEN EXISTS (SELECT 1 FROM restore WHERE id = new.id)
BEGIN SELECT raise(ABORT, 'a restore never changes what it is of'); END;
CREATE TRIGGER restore_step_keeps_its_identity BEFORE UPDATE OF restore, number, step, about, began_at ON restore_step
BEGIN SELECT raise(ABORT, 'a step never changes'); END;
CREATE TRIGGER restore_step_stays BEFORE DELETE ON restore_step
BEGIN SELECT raise(ABORT, 'a step stays in the archive'); END;

-- Restores to a draft box, one row each.
CREATE VIEW restore_view AS
SELECT account.name AS account,
       draft.media_id,
       version.number AS version,
       target.name AS to_account,
       restore.media_id AS to_media_id,
       restore.started_at,
       restore.finished_at,
       restore.outcome,
       restore.id AS restore,
       restore.kind,
       result.number AS to_version,
       restore.undoes
FROM restore
JOIN version ON version.id = restore.version
JOIN draft ON draft.id = version.draft
JOIN account ON account.id = draft.account
JOIN account target ON target.id = restore.account
LEFT JOIN version result ON result.id = restore.result;

-- The pictures that each version needs, held or not. The bytes are in the table asset, by their SHA-256.
CREATE VIEW asset_view AS
SELECT account.name AS account,
       draft.media_id,
       version.number AS version,
       picture_use.position,
       picture_use.place,
       picture.identity,
       picture.address,
       lower(hex(asset.sha256)) AS sha256,
       asset.type,
       asset.width,
       asset.height,
       length(asset.body) AS bytes,
       picture.reason
FROM picture_use
JOIN picture ON picture.id = picture_use.picture
JOIN version ON version.id = picture_use.version
JOIN draft ON draft.id = version.draft
JOIN account ON account.id = draft.account
LEFT JOIN asset ON asset.id = picture.asset;
