-- Schema 11: every row has a checksum, so that a bit that flips anywhere in the archive is found.
--
-- row_checksum(…) is draftkeep's own function. The stock sqlite3 shell can read every row, and cannot write one.
-- It is the CRC-32 of the values in their order, each as its type (the first letter of typeof) and its content: an integer in
-- eight bytes, big-endian; a text in UTF-8 or a blob after its length in eight bytes.
--
-- The checksums stand in a table of their own. So an older archive gets them without a change of its rows: it needs little room, and a row
-- that breaks the rules of its table stays as it is. Rows that belong to the same account, version or other thing have one sum.
-- A change of a row changes the sum by the difference between the new row and the old row as it is read. Thus the sum
-- stays wrong after a row was damaged, whatever is written to the row later.

CREATE TABLE checksum (
    kind TEXT NOT NULL,                  -- which rows: those of the table of this name; document: of whole, delta and received
    id   INTEGER NOT NULL,               -- the account, draft, version, poll, restore, picture, asset or plan that the rows belong to
    sum  INTEGER NOT NULL,               -- of row_checksum(…) of all columns of each of these rows; of an asset without its body, whose SHA-256 is known
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

INSERT INTO checksum SELECT 'version', id, row_checksum(id, draft, number, hash, canon, observed_at, update_time, articles, title) FROM version
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'document', version, row_checksum(version, length, body) FROM whole
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'document', version, row_checksum(version, base, length, body) FROM delta
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'document', version, row_checksum(version, length, body) FROM received
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'poll', id, row_checksum(id, account, started_at, finished_at, strategy, calls, seen, new_versions, missing, errors) FROM poll
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'poll_error', poll, row_checksum(poll, media_id, code, message) FROM poll_error
    WHERE typeof(poll) = 'integer' ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'asset', id, row_checksum(id, sha256, type, width, height, stored_at) FROM asset
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'picture_use', version, row_checksum(version, position, place, picture) FROM picture_use
    WHERE typeof(version) = 'integer' ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'account', id, row_checksum(id, name, appid, first_seen) FROM account
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'draft', id, row_checksum(id, account, media_id, state, first_seen, last_seen, missing_since) FROM draft
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'call', account, row_checksum(account, interface, day, calls) FROM call
    WHERE typeof(account) = 'integer' ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'quota', account, row_checksum(account, interface, day, daily_limit, others, limit_from, told_at) FROM quota
    WHERE typeof(account) = 'integer' ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'closed', account, row_checksum(account, interface, since, until, code, message) FROM closed
    WHERE typeof(account) = 'integer' ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'draft_time', draft, row_checksum(draft, create_time, update_time, read_time) FROM draft_time
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'habit', account, row_checksum(account, list_order, checked_at, learned) FROM habit
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'volatile', account, row_checksum(account, field, found_at) FROM volatile
    WHERE typeof(account) = 'integer' ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'picture', id, row_checksum(id, account, identity, media_id, address, asset, tries, due_at, reason) FROM picture
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'looked', account, row_checksum(account, version) FROM looked
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'upload', account, row_checksum(account, asset, door, media_id, address, uploaded_at) FROM upload
    WHERE typeof(account) = 'integer' ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'restore', id, row_checksum(id, kind, version, account, choices, before, result, undoes, started_at, finished_at, outcome, media_id) FROM restore
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'restore_step', restore, row_checksum(restore, number, step, about, began_at, done_at, media_id) FROM restore_step
    WHERE typeof(restore) = 'integer' ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'missed', draft, row_checksum(draft, missed_at) FROM missed
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'flip', account, row_checksum(account, field, flips, last_at) FROM flip
    WHERE typeof(account) = 'integer' ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'held_back', draft, row_checksum(draft, since, confirmed_at, asked_at) FROM held_back
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;
INSERT INTO checksum SELECT 'plan', id, row_checksum(id, version, undoes, over, planned_at, state) FROM plan
    WHERE true ON CONFLICT DO UPDATE SET sum = sum + excluded.sum;

CREATE TRIGGER version_checksum_insert AFTER INSERT ON version
BEGIN INSERT INTO checksum VALUES ('version', new.id, row_checksum(new.id, new.draft, new.number, new.hash, new.canon, new.observed_at, new.update_time, new.articles, new.title))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER whole_checksum_insert AFTER INSERT ON whole
BEGIN INSERT INTO checksum VALUES ('document', new.version, row_checksum(new.version, new.length, new.body))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER whole_checksum_delete AFTER DELETE ON whole
BEGIN INSERT INTO checksum VALUES ('document', old.version, -row_checksum(old.version, old.length, old.body))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER delta_checksum_insert AFTER INSERT ON delta
BEGIN INSERT INTO checksum VALUES ('document', new.version, row_checksum(new.version, new.base, new.length, new.body))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER received_checksum_insert AFTER INSERT ON received
BEGIN INSERT INTO checksum VALUES ('document', new.version, row_checksum(new.version, new.length, new.body))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER poll_checksum_insert AFTER INSERT ON poll
BEGIN INSERT INTO checksum VALUES ('poll', new.id, row_checksum(new.id, new.account, new.started_at, new.finished_at, new.strategy, new.calls, new.seen, new.new_versions, new.missing, new.errors))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER poll_error_checksum_insert AFTER INSERT ON poll_error
BEGIN INSERT INTO checksum VALUES ('poll_error', new.poll, row_checksum(new.poll, new.media_id, new.code, new.message))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER asset_checksum_insert AFTER INSERT ON asset
BEGIN INSERT INTO checksum VALUES ('asset', new.id, row_checksum(new.id, new.sha256, new.type, new.width, new.height, new.stored_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER picture_use_checksum_insert AFTER INSERT ON picture_use
BEGIN INSERT INTO checksum VALUES ('picture_use', new.version, row_checksum(new.version, new.position, new.place, new.picture))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER account_checksum_insert AFTER INSERT ON account
BEGIN INSERT INTO checksum VALUES ('account', new.id, row_checksum(new.id, new.name, new.appid, new.first_seen))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER account_checksum_update AFTER UPDATE ON account
BEGIN INSERT INTO checksum VALUES ('account', new.id, row_checksum(new.id, new.name, new.appid, new.first_seen)
            - row_checksum(old.id, old.name, old.appid, old.first_seen))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER draft_checksum_insert AFTER INSERT ON draft
BEGIN INSERT INTO checksum VALUES ('draft', new.id, row_checksum(new.id, new.account, new.media_id, new.state, new.first_seen, new.last_seen, new.missing_since))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER draft_checksum_update AFTER UPDATE ON draft
BEGIN INSERT INTO checksum VALUES ('draft', new.id, row_checksum(new.id, new.account, new.media_id, new.state, new.first_seen, new.last_seen, new.missing_since)
            - row_checksum(old.id, old.account, old.media_id, old.state, old.first_seen, old.last_seen, old.missing_since))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER call_checksum_insert AFTER INSERT ON call
BEGIN INSERT INTO checksum VALUES ('call', new.account, row_checksum(new.account, new.interface, new.day, new.calls))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER call_checksum_update AFTER UPDATE ON call
BEGIN INSERT INTO checksum VALUES ('call', new.account, row_checksum(new.account, new.interface, new.day, new.calls)
            - row_checksum(old.account, old.interface, old.day, old.calls))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER quota_checksum_insert AFTER INSERT ON quota
BEGIN INSERT INTO checksum VALUES ('quota', new.account, row_checksum(new.account, new.interface, new.day, new.daily_limit, new.others, new.limit_from, new.told_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER quota_checksum_update AFTER UPDATE ON quota
BEGIN INSERT INTO checksum VALUES ('quota', new.account, row_checksum(new.account, new.interface, new.day, new.daily_limit, new.others, new.limit_from, new.told_at)
            - row_checksum(old.account, old.interface, old.day, old.daily_limit, old.others, old.limit_from, old.told_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER closed_checksum_insert AFTER INSERT ON closed
BEGIN INSERT INTO checksum VALUES ('closed', new.account, row_checksum(new.account, new.interface, new.since, new.until, new.code, new.message))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER closed_checksum_update AFTER UPDATE ON closed
BEGIN INSERT INTO checksum VALUES ('closed', new.account, row_checksum(new.account, new.interface, new.since, new.until, new.code, new.message)
            - row_checksum(old.account, old.interface, old.since, old.until, old.code, old.message))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER closed_checksum_delete AFTER DELETE ON closed
BEGIN INSERT INTO checksum VALUES ('closed', old.account, -row_checksum(old.account, old.interface, old.since, old.until, old.code, old.message))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER draft_time_checksum_insert AFTER INSERT ON draft_time
BEGIN INSERT INTO checksum VALUES ('draft_time', new.draft, row_checksum(new.draft, new.create_time, new.update_time, new.read_time))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER draft_time_checksum_update AFTER UPDATE ON draft_time
BEGIN INSERT INTO checksum VALUES ('draft_time', new.draft, row_checksum(new.draft, new.create_time, new.update_time, new.read_time)
            - row_checksum(old.draft, old.create_time, old.update_time, old.read_time))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER habit_checksum_insert AFTER INSERT ON habit
BEGIN INSERT INTO checksum VALUES ('habit', new.account, row_checksum(new.account, new.list_order, new.checked_at, new.learned))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER habit_checksum_update AFTER UPDATE ON habit
BEGIN INSERT INTO checksum VALUES ('habit', new.account, row_checksum(new.account, new.list_order, new.checked_at, new.learned)
            - row_checksum(old.account, old.list_order, old.checked_at, old.learned))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER volatile_checksum_insert AFTER INSERT ON volatile
BEGIN INSERT INTO checksum VALUES ('volatile', new.account, row_checksum(new.account, new.field, new.found_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER volatile_checksum_delete AFTER DELETE ON volatile
BEGIN INSERT INTO checksum VALUES ('volatile', old.account, -row_checksum(old.account, old.field, old.found_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER picture_checksum_insert AFTER INSERT ON picture
BEGIN INSERT INTO checksum VALUES ('picture', new.id, row_checksum(new.id, new.account, new.identity, new.media_id, new.address, new.asset, new.tries, new.due_at, new.reason))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER picture_checksum_update AFTER UPDATE ON picture
BEGIN INSERT INTO checksum VALUES ('picture', new.id, row_checksum(new.id, new.account, new.identity, new.media_id, new.address, new.asset, new.tries, new.due_at, new.reason)
            - row_checksum(old.id, old.account, old.identity, old.media_id, old.address, old.asset, old.tries, old.due_at, old.reason))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER looked_checksum_insert AFTER INSERT ON looked
BEGIN INSERT INTO checksum VALUES ('looked', new.account, row_checksum(new.account, new.version))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER looked_checksum_update AFTER UPDATE ON looked
BEGIN INSERT INTO checksum VALUES ('looked', new.account, row_checksum(new.account, new.version)
            - row_checksum(old.account, old.version))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER upload_checksum_insert AFTER INSERT ON upload
BEGIN INSERT INTO checksum VALUES ('upload', new.account, row_checksum(new.account, new.asset, new.door, new.media_id, new.address, new.uploaded_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER upload_checksum_update AFTER UPDATE ON upload
BEGIN INSERT INTO checksum VALUES ('upload', new.account, row_checksum(new.account, new.asset, new.door, new.media_id, new.address, new.uploaded_at)
            - row_checksum(old.account, old.asset, old.door, old.media_id, old.address, old.uploaded_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER restore_checksum_insert AFTER INSERT ON restore
BEGIN INSERT INTO checksum VALUES ('restore', new.id, row_checksum(new.id, new.kind, new.version, new.account, new.choices, new.before, new.result, new.undoes, new.started_at, new.finished_at, new.outcome, new.media_id))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER restore_checksum_update AFTER UPDATE ON restore
BEGIN INSERT INTO checksum VALUES ('restore', new.id, row_checksum(new.id, new.kind, new.version, new.account, new.choices, new.before, new.result, new.undoes, new.started_at, new.finished_at, new.outcome, new.media_id)
            - row_checksum(old.id, old.kind, old.version, old.account, old.choices, old.before, old.result, old.undoes, old.started_at, old.finished_at, old.outcome, old.media_id))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER restore_step_checksum_insert AFTER INSERT ON restore_step
BEGIN INSERT INTO checksum VALUES ('restore_step', new.restore, row_checksum(new.restore, new.number, new.step, new.about, new.began_at, new.done_at, new.media_id))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER restore_step_checksum_update AFTER UPDATE ON restore_step
BEGIN INSERT INTO checksum VALUES ('restore_step', new.restore, row_checksum(new.restore, new.number, new.step, new.about, new.began_at, new.done_at, new.media_id)
            - row_checksum(old.restore, old.number, old.step, old.about, old.began_at, old.done_at, old.media_id))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER missed_checksum_insert AFTER INSERT ON missed
BEGIN INSERT INTO checksum VALUES ('missed', new.draft, row_checksum(new.draft, new.missed_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER missed_checksum_update AFTER UPDATE ON missed
BEGIN INSERT INTO checksum VALUES ('missed', new.draft, row_checksum(new.draft, new.missed_at)
            - row_checksum(old.draft, old.missed_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER missed_checksum_delete AFTER DELETE ON missed
BEGIN INSERT INTO checksum VALUES ('missed', old.draft, -row_checksum(old.draft, old.missed_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER flip_checksum_insert AFTER INSERT ON flip
BEGIN INSERT INTO checksum VALUES ('flip', new.account, row_checksum(new.account, new.field, new.flips, new.last_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER flip_checksum_update AFTER UPDATE ON flip
BEGIN INSERT INTO checksum VALUES ('flip', new.account, row_checksum(new.account, new.field, new.flips, new.last_at)
            - row_checksum(old.account, old.field, old.flips, old.last_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER flip_checksum_delete AFTER DELETE ON flip
BEGIN INSERT INTO checksum VALUES ('flip', old.account, -row_checksum(old.account, old.field, old.flips, old.last_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER held_back_checksum_insert AFTER INSERT ON held_back
BEGIN INSERT INTO checksum VALUES ('held_back', new.draft, row_checksum(new.draft, new.since, new.confirmed_at, new.asked_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER held_back_checksum_update AFTER UPDATE ON held_back
BEGIN INSERT INTO checksum VALUES ('held_back', new.draft, row_checksum(new.draft, new.since, new.confirmed_at, new.asked_at)
            - row_checksum(old.draft, old.since, old.confirmed_at, old.asked_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER held_back_checksum_delete AFTER DELETE ON held_back
BEGIN INSERT INTO checksum VALUES ('held_back', old.draft, -row_checksum(old.draft, old.since, old.confirmed_at, old.asked_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER plan_checksum_insert AFTER INSERT ON plan
BEGIN INSERT INTO checksum VALUES ('plan', new.id, row_checksum(new.id, new.version, new.undoes, new.over, new.planned_at, new.state))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER plan_checksum_update AFTER UPDATE ON plan
BEGIN INSERT INTO checksum VALUES ('plan', new.id, row_checksum(new.id, new.version, new.undoes, new.over, new.planned_at, new.state)
            - row_checksum(old.id, old.version, old.undoes, old.over, old.planned_at, old.state))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;

-- A document comes for the newest version of its draft, which no delta stands for. The table delta is not asked: a page of it that
-- is lost must not keep new versions out.
DROP TRIGGER whole_comes_once;
CREATE TRIGGER whole_comes_once BEFORE INSERT ON whole
WHEN EXISTS (SELECT 1 FROM whole WHERE version = new.version)
  OR EXISTS (SELECT 1 FROM version this JOIN version later ON later.draft = this.draft AND later.number > this.number
             WHERE this.id = new.version)
BEGIN SELECT raise(ABORT, 'a document never changes'); END;
