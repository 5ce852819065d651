-- Schema 31: document_view ends for a damaged archive too, where a document seems to be built from itself or an older one.

DROP VIEW document_view;

-- Documents, rebuilt: from the version itself along its bases to one that is whole (path), and back again, applying
-- one delta a step. A correlated subquery, so that asking for one version rebuilds only that one. A base is a later version; what damage made
-- of one is followed no further, and the document is null.
CREATE VIEW document_view AS
SELECT account.name AS account,
       draft.media_id,
       version.number AS version,
       (WITH RECURSIVE
        path (version, depth) AS (
            SELECT version.id, 0
            UNION ALL
            SELECT delta.base, path.depth + 1
            FROM path JOIN delta ON delta.version = path.version AND delta.base > path.version),
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
