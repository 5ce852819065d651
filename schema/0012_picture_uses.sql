-- Schema 12: pictures take less room, and the views show a text to its end that holds U+0000.

-- Why pictures are not held. Many are not held for the same reason.
CREATE TABLE picture_reason (
    id     INTEGER PRIMARY KEY,          -- used inside the archive only
    reason TEXT NOT NULL                 -- in words; each once
) STRICT;

-- A picture as the drafts of an account name it, held or not.
CREATE TABLE picture_11 AS SELECT * FROM picture;
CREATE TABLE picture_use_11 AS SELECT * FROM picture_use;
DROP VIEW asset_view;
DROP TABLE picture_use;
DROP TABLE picture;
CREATE TABLE picture (
    id           INTEGER PRIMARY KEY,    -- used inside the archive only
    account      INTEGER NOT NULL REFERENCES account (id),  -- whose drafts use it
    identity     TEXT NOT NULL,          -- what stays of its address whatever its size and query (the hash law); a media_id where there is no address
    media_id     TEXT,                   -- by which material/get_material gives it; null where none was told
    address_head TEXT,                   -- where it was last said to be, as far as that is before the identity; null where it was not said
    address_tail TEXT,                   -- likewise, what is after the identity; null where address_head is the whole address
    asset        INTEGER REFERENCES asset (id),  -- its bytes; null while they are not held
    tries        INTEGER NOT NULL DEFAULT 0, -- how often it was asked for and not had
    due_at       INTEGER,                -- when it is asked for next, in Unix seconds; null where it is held, and where it will never be had
    reason       INTEGER REFERENCES picture_reason (id),  -- why it is not held; null where it is, and before the first try
    CHECK (asset IS NULL OR (due_at IS NULL AND reason IS NULL))
) STRICT;

-- A picture is found by the end of its identity, which tells nearly all of them apart.
CREATE INDEX picture_by_identity ON picture (account, substr(identity, -16));
CREATE INDEX picture_by_due ON picture (account, due_at) WHERE due_at IS NOT NULL;

-- Where the versions of a draft need a picture. Versions in a row that need it at the same place have one row.
CREATE TABLE picture_use (
    draft         INTEGER NOT NULL REFERENCES draft (id),  -- which draft
    position      INTEGER NOT NULL,      -- of the article, from 0
    place         TEXT NOT NULL CHECK (place IN ('cover', 'list', 'body')),  -- list: the pictures of a 图片消息
    picture       INTEGER NOT NULL REFERENCES picture (id),  -- which picture
    first_version INTEGER NOT NULL,      -- the number of the first version in the row
    last_version  INTEGER CHECK (last_version >= first_version),  -- the number of the last one; null where that is the newest that was looked through
    PRIMARY KEY (draft, position, place, picture, first_version)
) STRICT, WITHOUT ROWID;

CREATE INDEX picture_use_as_cover ON picture_use (picture) WHERE place = 'cover';

-- A value that was damaged on the disk must not keep the archive from this schema. What it says of a picture is asked for again.
INSERT INTO picture_reason (reason) SELECT DISTINCT reason FROM picture_11 WHERE typeof(reason) = 'text';
INSERT INTO picture
SELECT id, account, identity, media_id,
       iif(instr(address, identity) > 0, substr(address, 1, instr(address, identity) - 1), address),
       iif(instr(address, identity) > 0, substr(address, instr(address, identity) + length(identity)), NULL),
       held, tries,
       CASE
           WHEN held IS NOT NULL OR (asset IS NULL AND due_at IS NULL) THEN NULL
           ELSE coalesce(CAST(strftime('%s', due_at) AS INTEGER), 0)
       END,
       iif(held IS NULL, (SELECT picture_reason.id FROM picture_reason WHERE picture_reason.reason = known.reason), NULL)
FROM (SELECT picture_11.id, account.id AS account, CAST(identity AS TEXT) AS identity, CAST(media_id AS TEXT) AS media_id,
             CAST(address AS TEXT) AS address, asset, asset.id AS held, iif(typeof(tries) = 'integer', tries, 0) AS tries, due_at, reason
      FROM picture_11
      JOIN account ON account.id = picture_11.account
      LEFT JOIN asset ON asset.id = picture_11.asset
      WHERE identity IS NOT NULL) known;

-- Where a row of picture_use was damaged, all versions are looked through again.
DELETE FROM looked
WHERE EXISTS (SELECT 1
              FROM picture_use_11 old
              LEFT JOIN version ON version.id = old.version
              LEFT JOIN draft ON draft.id = version.draft
              LEFT JOIN picture ON picture.id = old.picture
              WHERE draft.id IS NULL OR picture.id IS NULL OR typeof(version.number) <> 'integer'
                 OR typeof(old.position) <> 'integer' OR old.place NOT IN ('cover', 'list', 'body'));
-- Numbers in a row are as far apart as their ranks.
INSERT INTO picture_use
SELECT draft, position, place, picture, min(number), nullif(max(number), newest)
FROM (SELECT version.draft, position, place, picture, number,
             number - row_number() OVER (PARTITION BY version.draft, position, place, picture ORDER BY number) AS row_of_versions,
             (SELECT number FROM version of_draft WHERE of_draft.draft = version.draft AND of_draft.id <= looked.version
              ORDER BY number DESC LIMIT 1) AS newest
      FROM picture_use_11 old
      JOIN version ON version.id = old.version
      JOIN draft ON draft.id = version.draft
      JOIN looked ON looked.account = draft.account)
GROUP BY draft, position, place, picture, row_of_versions;
DROP TABLE picture_use_11;
DROP TABLE picture_11;

CREATE TRIGGER picture_comes_once BEFORE INSERT ON picture
WHEN EXISTS (SELECT 1 FROM picture WHERE id = new.id)
  OR EXISTS (SELECT 1 FROM picture WHERE account = new.account AND substr(identity, -16) = substr(new.identity, -16) AND +identity = new.identity)
BEGIN SELECT raise(ABORT, 'a picture never changes its identity'); END;
CREATE TRIGGER picture_keeps_its_identity BEFORE UPDATE OF id, account, identity ON picture
BEGIN SELECT raise(ABORT, 'a picture never changes its identity'); END;
CREATE TRIGGER picture_keeps_its_asset BEFORE UPDATE OF asset ON picture
WHEN old.asset IS NOT NULL AND new.asset IS NOT old.asset
BEGIN SELECT raise(ABORT, 'a picture that is held stays held'); END;
CREATE TRIGGER picture_stays BEFORE DELETE ON picture
BEGIN SELECT raise(ABORT, 'a picture stays in the archive'); END;
CREATE TRIGGER picture_use_comes_once BEFORE INSERT ON picture_use
WHEN EXISTS (SELECT 1 FROM picture_use
             WHERE (draft, position, place, picture, first_version) = (new.draft, new.position, new.place, new.picture, new.first_version))
BEGIN SELECT raise(ABORT, 'a version never changes'); END;
CREATE TRIGGER picture_use_ends_once BEFORE UPDATE ON picture_use
WHEN old.last_version IS NOT NULL
  OR (new.draft, new.position, new.place, new.picture, new.first_version)
     <> (old.draft, old.position, old.place, old.picture, old.first_version)
BEGIN SELECT raise(ABORT, 'a version never changes'); END;
CREATE TRIGGER picture_use_stays BEFORE DELETE ON picture_use
BEGIN SELECT raise(ABORT, 'a version never changes'); END;

DELETE FROM checksum WHERE kind IN ('picture', 'picture_use') OR (kind = 'looked' AND id NOT IN (SELECT account FROM looked));
INSERT INTO checksum SELECT 'picture_reason', id, row_checksum(id, reason) FROM picture_reason
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'picture', id, row_checksum(id, account, identity, media_id, address_head, address_tail, asset, tries, due_at, reason) FROM picture
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'picture_use', draft, row_checksum(draft, position, place, picture, first_version, last_version) FROM picture_use
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;

CREATE TRIGGER picture_reason_checksum_insert AFTER INSERT ON picture_reason
BEGIN INSERT INTO checksum VALUES ('picture_reason', new.id, row_checksum(new.id, new.reason))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER picture_reason_checksum_delete AFTER DELETE ON picture_reason
BEGIN INSERT INTO checksum VALUES ('picture_reason', old.id, -row_checksum(old.id, old.reason))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER picture_checksum_insert AFTER INSERT ON picture
BEGIN INSERT INTO checksum VALUES ('picture', new.id, row_checksum(new.id, new.account, new.identity, new.media_id, new.address_head, new.address_tail, new.asset, new.tries, new.due_at, new.reason))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER picture_checksum_update AFTER UPDATE ON picture
BEGIN INSERT INTO checksum VALUES ('picture', new.id, row_checksum(new.id, new.account, new.identity, new.media_id, new.address_head, new.address_tail, new.asset, new.tries, new.due_at, new.reason)
            - row_checksum(old.id, old.account, old.identity, old.media_id, old.address_head, old.address_tail, old.asset, old.tries, old.due_at, old.reason))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER picture_use_checksum_insert AFTER INSERT ON picture_use
BEGIN INSERT INTO checksum VALUES ('picture_use', new.draft, row_checksum(new.draft, new.position, new.place, new.picture, new.first_version, new.last_version))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER picture_use_checksum_update AFTER UPDATE ON picture_use
BEGIN INSERT INTO checksum VALUES ('picture_use', new.draft, row_checksum(new.draft, new.position, new.place, new.picture, new.first_version, new.last_version)
            - row_checksum(old.draft, old.position, old.place, old.picture, old.first_version, old.last_version))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;

-- A text of SQLite ends at U+0000 for most of its functions, and for its shell. So U+0000 is shown as U+FFFD; document_view shows it
-- as JSON does, as \u0000. In JSON, two backslashes are one, and \\u0000 is something else: they stand aside as U+0001, which JSON
-- never holds as it is.

DROP VIEW draft_view;
CREATE VIEW draft_view AS
SELECT account.name AS account,
       draft.media_id,
       draft.state,
       iif(instr(newest.title, char(0)),
           json_extract(replace(replace(replace(json_quote(newest.title), '\\', char(1)), '\u0000', '\ufffd'), char(1), '\\'), '$'),
           newest.title) AS title,
       (SELECT count(*) FROM version WHERE version.draft = draft.id) AS versions,
       draft.first_seen,
       draft.last_seen,
       newest.observed_at AS last_changed
FROM draft
JOIN account ON account.id = draft.account
JOIN version newest ON newest.draft = draft.id
 AND newest.number = (SELECT max(number) FROM version WHERE version.draft = draft.id);

DROP VIEW version_view;
CREATE VIEW version_view AS
SELECT account.name AS account,
       draft.media_id,
       version.number AS version,
       lower(hex(version.hash)) AS hash,
       version.observed_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', version.update_time, 'unixepoch') AS update_time,
       version.articles,
       iif(instr(version.title, char(0)),
           json_extract(replace(replace(replace(json_quote(version.title), '\\', char(1)), '\u0000', '\ufffd'), char(1), '\\'), '$'),
           version.title) AS title
FROM version
JOIN draft ON draft.id = version.draft
JOIN account ON account.id = draft.account;

DROP VIEW article_view;
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
FROM document_view,
     json_each(replace(replace(replace(document_view.document, '\\', char(1)), '\u0000', '\ufffd'), char(1), '\\'), '$.news_item') article;

-- The pictures that each version needs, held or not. The bytes are in the table asset, by their SHA-256.
CREATE VIEW asset_view AS
SELECT account.name AS account,
       draft.media_id,
       version.number AS version,
       picture_use.position,
       picture_use.place,
       picture.identity,
       picture.address_head || coalesce(picture.identity || picture.address_tail, '') AS address,
       nullif(lower(hex(asset.sha256)), '') AS sha256,
       asset.type,
       asset.width,
       asset.height,
       length(asset.body) AS bytes,
       picture_reason.reason
FROM picture_use
JOIN picture ON picture.id = picture_use.picture
JOIN draft ON draft.id = picture_use.draft
JOIN account ON account.id = draft.account
JOIN looked ON looked.account = account.id
JOIN version ON version.draft = draft.id AND version.id <= looked.version
 AND version.number BETWEEN picture_use.first_version AND coalesce(picture_use.last_version, version.number)
LEFT JOIN asset ON asset.id = picture.asset
LEFT JOIN picture_reason ON picture_reason.id = picture.reason;
