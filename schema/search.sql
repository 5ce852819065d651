-- The index of the search: a file of its own beside the archive, archive.db.search. It is made from the archive; deleted, it is made again.
-- `user_version` is the number of the rules by which texts become tokens (src/search/tokens.rs), `application_id` a checksum of the file.

CREATE TABLE state (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    version_row  INTEGER NOT NULL,      -- the last row of the archive's table `version` that is in the index
    version_hash BLOB NOT NULL,         -- the hash of that version: another one there means another archive
    through      TEXT NOT NULL,         -- when that version was observed: the index goes so far
    versions     INTEGER NOT NULL       -- how many rows the archive had up to that one: fewer are left once some were removed
) STRICT;

CREATE TABLE draft (
    id        INTEGER PRIMARY KEY,      -- the number of the draft, as in the archive
    versions  INTEGER NOT NULL,         -- how many versions of it are in the index
    newest    INTEGER NOT NULL,         -- the newest of them
    last_read INTEGER NOT NULL,         -- the newest one whose document came back: no more is known; 0 where there is none
    newest_at TEXT NOT NULL             -- when that was observed
) STRICT;

-- Versions whose document does not come back from the archive: they are not searched.
CREATE TABLE unread (
    draft   INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (draft, version)
) STRICT, WITHOUT ROWID;

-- The texts of paragraphs of one draft, as a JSON list in the convention of SQLite's sqlar: a zlib stream, plain where it is as long as `length`.
CREATE TABLE block (
    id     INTEGER PRIMARY KEY,
    draft  INTEGER NOT NULL,
    count  INTEGER NOT NULL,            -- how many texts there are, 4096 at most
    length INTEGER NOT NULL,            -- of the list, in bytes
    body   BLOB NOT NULL
) STRICT;
CREATE INDEX block_of_draft ON block (draft);

-- A paragraph of a draft, and the versions in which it stood: each that there is from the first to the last. One that comes back is a row of its own.
CREATE TABLE paragraph (
    id      INTEGER PRIMARY KEY,        -- 4096 times its block, and its place in it, from 0
    article INTEGER NOT NULL,           -- the position of the article, from 0
    field   INTEGER NOT NULL CHECK (field BETWEEN 0 AND 4),  -- 0 body, 1 title, 2 author, 3 digest, 4 description of a picture
    first   INTEGER NOT NULL,           -- the version that it came with
    last    INTEGER                     -- the last one that had it; null while the last that was read has it
) STRICT;

CREATE VIEW paragraph_view AS
SELECT paragraph.id, block.draft, article, CASE field WHEN 0 THEN 'body' WHEN 1 THEN 'title' WHEN 2 THEN 'author' WHEN 3 THEN 'digest' ELSE 'caption' END AS field,
       first AS first_version, last AS last_version, json_extract(sqlar_uncompress(body, length), '$[' || (paragraph.id & 4095) || ']') AS text
FROM paragraph JOIN block ON block.id = paragraph.id >> 12;

-- Its rows have the numbers of the paragraphs. All but blanks is part of a token, so that the tokens are those that were put in.
CREATE VIRTUAL TABLE token USING fts5(tokens, content='', columnsize=0, tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* S* P* C*'");
