-- Schema 15: a version whose number is damaged hides neither its draft nor its other versions; a damaged count of calls is asked for.

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
LEFT JOIN version newest ON newest.draft = draft.id
 AND newest.number = (SELECT max(number) FROM version
                      WHERE version.draft = draft.id AND typeof(number) = 'integer' AND number >= 1)
WHERE EXISTS (SELECT 1 FROM version WHERE version.draft = draft.id);

DROP VIEW latest_view;
CREATE VIEW latest_view AS
SELECT *
FROM article_view
WHERE version = (SELECT max(version)
                 FROM version_view
                 WHERE version_view.account = article_view.account AND version_view.media_id = article_view.media_id
                   AND typeof(version) = 'integer' AND version >= 1);

-- What the platform told of a limit is forgotten where our own count of calls was damaged, so that it is asked again.
CREATE TRIGGER quota_checksum_delete AFTER DELETE ON quota
BEGIN INSERT INTO checksum VALUES ('quota', old.account, -row_checksum(old.account, old.interface, old.day, old.daily_limit, old.others, old.limit_from, old.told_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
