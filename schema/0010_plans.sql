-- Schema 10: each plan to restore in place that was shown is a row of its own. Before, a second plan of the same version took the
-- place of the first, and --apply used what the second one had seen.

CREATE TABLE plan_before AS SELECT * FROM plan;
DROP TABLE plan;
CREATE TABLE plan (
    id         INTEGER PRIMARY KEY,      -- the number that was shown; rows stay, so no number is given twice
    version    INTEGER NOT NULL REFERENCES version (id),     -- what is to go back
    undoes     INTEGER REFERENCES restore (id),              -- the restore that the plan takes back; null where it takes none back
    over       INTEGER NOT NULL REFERENCES version (id),     -- what the draft said when the plan was shown
    planned_at TEXT NOT NULL,            -- when it was shown
    state      TEXT NOT NULL DEFAULT 'open'
               CHECK (state IN ('open', 'refused', 'ended')) -- refused: the draft said something else when the plan was to be carried out, and no newer plan was shown yet; ended: carried out, or a newer plan took its place
) STRICT;
INSERT INTO plan (version, over, planned_at) SELECT version, over, planned_at FROM plan_before
    -- A plan that was damaged is no plan any more, and no reason to refuse the archive.
    WHERE typeof(planned_at) = 'text'
      AND EXISTS (SELECT 1 FROM version WHERE id = plan_before.version) AND EXISTS (SELECT 1 FROM version WHERE id = plan_before.over)
    ORDER BY planned_at;
DROP TABLE plan_before;
CREATE INDEX plan_of_version ON plan (version);
