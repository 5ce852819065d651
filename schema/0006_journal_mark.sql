-- Schema 6: the archive and its journal name each other.

-- One row, written anew by the first transaction of each journal (archive.db-wal): so a journal that is left behind by a
-- killed program tells which archive it continues. A backup that was put in the archive's place holds another mark, and the
-- journal is not applied to it.
CREATE TABLE journal_mark (
    id   INTEGER PRIMARY KEY CHECK (id = 1),      -- there is one row
    mark TEXT NOT NULL CHECK (length(mark) = 95)  -- 'draftkeep journal mark ', a random id, the id before it (each 32 hex digits), and PRAGMA schema_version (8 hex digits)
) STRICT;

INSERT INTO journal_mark (id, mark)
VALUES (1, 'draftkeep journal mark ' || lower(hex(randomblob(16))) || printf('%032x', 0) || printf('%08x', 0));
