-- Schema 11: every row has a checksum, so that a bit that flips anywhere in the archive is found.
--
-- row_checksum(…) is draftkeep's own function. The stock sqlite3 shell reads everything, and can write nothing that has a checksum.
-- It is the CRC-32 of the values in their order, each as its type (the first letter of typeof) and its content: an integer in
-- eight bytes, big-endian; a text in UTF-8 or a blob after its length in eight bytes.
--
-- The row of a fact gets its checksum when it comes, and never changes again. The row of anything else gets a new one with each
-- change, unless the old one is wrong: a row that was damaged stays known as damaged, whatever is written to it later.

DROP TRIGGER restore_that_ended_never_changes;
DROP TRIGGER version_never_changes;
DROP TRIGGER whole_never_changes;
DROP TRIGGER delta_never_changes;
DROP TRIGGER received_never_changes;
DROP TRIGGER poll_never_changes;
DROP TRIGGER poll_error_never_changes;
DROP TRIGGER picture_use_never_changes;

ALTER TABLE version ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE whole ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE delta ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE received ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE poll ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE poll_error ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE picture_use ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE account ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE draft ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE call ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE quota ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE closed ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE draft_time ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE habit ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE volatile ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE picture ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE looked ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE upload ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE restore ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE restore_step ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE missed ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE flip ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE held_back ADD COLUMN checksum INTEGER /* of all other columns */;
ALTER TABLE plan ADD COLUMN checksum INTEGER /* of all other columns */;

-- The bodies of pictures are large, and proven by their SHA-256: that they need not be written anew, their checksum is beside them.
CREATE TABLE asset_checksum (
    asset    INTEGER PRIMARY KEY REFERENCES asset (id),  -- whose
    checksum INTEGER NOT NULL            -- of all columns but body
) STRICT;

UPDATE version SET checksum = row_checksum(id, draft, number, hash, canon, observed_at, update_time, articles, title);
UPDATE whole SET checksum = row_checksum(version, length, body);
UPDATE delta SET checksum = row_checksum(version, base, length, body);
UPDATE received SET checksum = row_checksum(version, length, body);
UPDATE poll SET checksum = row_checksum(id, account, started_at, finished_at, strategy, calls, seen, new_versions, missing, errors);
UPDATE poll_error SET checksum = row_checksum(poll, media_id, code, message);
UPDATE picture_use SET checksum = row_checksum(version, position, place, picture);
UPDATE account SET checksum = row_checksum(id, name, appid, first_seen);
UPDATE draft SET checksum = row_checksum(id, account, media_id, state, first_seen, last_seen, missing_since);
UPDATE call SET checksum = row_checksum(account, interface, day, calls);
UPDATE quota SET checksum = row_checksum(account, interface, day, daily_limit, others, limit_from, told_at);
UPDATE closed SET checksum = row_checksum(account, interface, since, until, code, message);
UPDATE draft_time SET checksum = row_checksum(draft, create_time, update_time, read_time);
UPDATE habit SET checksum = row_checksum(account, list_order, checked_at, learned);
UPDATE volatile SET checksum = row_checksum(account, field, found_at);
UPDATE picture SET checksum = row_checksum(id, account, identity, media_id, address, asset, tries, due_at, reason);
UPDATE looked SET checksum = row_checksum(account, version);
UPDATE upload SET checksum = row_checksum(account, asset, door, media_id, address, uploaded_at);
UPDATE restore SET checksum = row_checksum(id, kind, version, account, choices, before, result, undoes, started_at, finished_at, outcome, media_id);
UPDATE restore_step SET checksum = row_checksum(restore, number, step, about, began_at, done_at, media_id);
UPDATE missed SET checksum = row_checksum(draft, missed_at);
UPDATE flip SET checksum = row_checksum(account, field, flips, last_at);
UPDATE held_back SET checksum = row_checksum(draft, since, confirmed_at, asked_at);
UPDATE plan SET checksum = row_checksum(id, version, undoes, over, planned_at, state);
INSERT INTO asset_checksum (asset, checksum) SELECT id, row_checksum(id, sha256, type, width, height, stored_at) FROM asset;

-- Facts.
CREATE TRIGGER version_gets_its_checksum AFTER INSERT ON version
BEGIN UPDATE version SET checksum = row_checksum(id, draft, number, hash, canon, observed_at, update_time, articles, title)
      WHERE id = new.id; END;
CREATE TRIGGER whole_gets_its_checksum AFTER INSERT ON whole
BEGIN UPDATE whole SET checksum = row_checksum(version, length, body)
      WHERE version = new.version; END;
CREATE TRIGGER delta_gets_its_checksum AFTER INSERT ON delta
BEGIN UPDATE delta SET checksum = row_checksum(version, base, length, body)
      WHERE version = new.version; END;
CREATE TRIGGER received_gets_its_checksum AFTER INSERT ON received
BEGIN UPDATE received SET checksum = row_checksum(version, length, body)
      WHERE version = new.version; END;
CREATE TRIGGER poll_gets_its_checksum AFTER INSERT ON poll
BEGIN UPDATE poll SET checksum = row_checksum(id, account, started_at, finished_at, strategy, calls, seen, new_versions, missing, errors)
      WHERE id = new.id; END;
CREATE TRIGGER poll_error_gets_its_checksum AFTER INSERT ON poll_error
BEGIN UPDATE poll_error SET checksum = row_checksum(poll, media_id, code, message)
      WHERE rowid = new.rowid; END;
CREATE TRIGGER picture_use_gets_its_checksum AFTER INSERT ON picture_use
BEGIN UPDATE picture_use SET checksum = row_checksum(version, position, place, picture)
      WHERE (version, position, place, picture) = (new.version, new.position, new.place, new.picture); END;
CREATE TRIGGER asset_gets_its_checksum AFTER INSERT ON asset
BEGIN INSERT INTO asset_checksum (asset, checksum) VALUES (new.id, row_checksum(new.id, new.sha256, new.type, new.width, new.height, new.stored_at)); END;

CREATE TRIGGER version_never_changes BEFORE UPDATE ON version
WHEN old.checksum IS NOT NULL
BEGIN SELECT raise(ABORT, 'a version never changes'); END;
CREATE TRIGGER whole_never_changes BEFORE UPDATE ON whole
WHEN old.checksum IS NOT NULL
BEGIN SELECT raise(ABORT, 'a document never changes'); END;
CREATE TRIGGER delta_never_changes BEFORE UPDATE ON delta
WHEN old.checksum IS NOT NULL
BEGIN SELECT raise(ABORT, 'a document never changes'); END;
CREATE TRIGGER received_never_changes BEFORE UPDATE ON received
WHEN old.checksum IS NOT NULL
BEGIN SELECT raise(ABORT, 'a document never changes'); END;
CREATE TRIGGER poll_never_changes BEFORE UPDATE ON poll
WHEN old.checksum IS NOT NULL
BEGIN SELECT raise(ABORT, 'a poll never changes'); END;
CREATE TRIGGER poll_error_never_changes BEFORE UPDATE ON poll_error
WHEN old.checksum IS NOT NULL
BEGIN SELECT raise(ABORT, 'a poll never changes'); END;
CREATE TRIGGER picture_use_never_changes BEFORE UPDATE ON picture_use
WHEN old.checksum IS NOT NULL
BEGIN SELECT raise(ABORT, 'a version never changes'); END;

-- What changes.
CREATE TRIGGER account_gets_its_checksum AFTER INSERT ON account
BEGIN UPDATE account SET checksum = row_checksum(id, name, appid, first_seen)
      WHERE id = new.id; END;
CREATE TRIGGER account_renews_its_checksum AFTER UPDATE ON account
WHEN old.checksum = row_checksum(old.id, old.name, old.appid, old.first_seen)
BEGIN UPDATE account SET checksum = row_checksum(id, name, appid, first_seen)
      WHERE id = new.id; END;
CREATE TRIGGER draft_gets_its_checksum AFTER INSERT ON draft
BEGIN UPDATE draft SET checksum = row_checksum(id, account, media_id, state, first_seen, last_seen, missing_since)
      WHERE id = new.id; END;
CREATE TRIGGER draft_renews_its_checksum AFTER UPDATE ON draft
WHEN old.checksum = row_checksum(old.id, old.account, old.media_id, old.state, old.first_seen, old.last_seen, old.missing_since)
BEGIN UPDATE draft SET checksum = row_checksum(id, account, media_id, state, first_seen, last_seen, missing_since)
      WHERE id = new.id; END;
CREATE TRIGGER call_gets_its_checksum AFTER INSERT ON call
BEGIN UPDATE call SET checksum = row_checksum(account, interface, day, calls)
      WHERE (account, interface, day) = (new.account, new.interface, new.day); END;
CREATE TRIGGER call_renews_its_checksum AFTER UPDATE ON call
WHEN old.checksum = row_checksum(old.account, old.interface, old.day, old.calls)
BEGIN UPDATE call SET checksum = row_checksum(account, interface, day, calls)
      WHERE (account, interface, day) = (new.account, new.interface, new.day); END;
CREATE TRIGGER quota_gets_its_checksum AFTER INSERT ON quota
BEGIN UPDATE quota SET checksum = row_checksum(account, interface, day, daily_limit, others, limit_from, told_at)
      WHERE (account, interface, day) = (new.account, new.interface, new.day); END;
CREATE TRIGGER quota_renews_its_checksum AFTER UPDATE ON quota
WHEN old.checksum = row_checksum(old.account, old.interface, old.day, old.daily_limit, old.others, old.limit_from, old.told_at)
BEGIN UPDATE quota SET checksum = row_checksum(account, interface, day, daily_limit, others, limit_from, told_at)
      WHERE (account, interface, day) = (new.account, new.interface, new.day); END;
CREATE TRIGGER closed_gets_its_checksum AFTER INSERT ON closed
BEGIN UPDATE closed SET checksum = row_checksum(account, interface, since, until, code, message)
      WHERE (account, interface) = (new.account, new.interface); END;
CREATE TRIGGER closed_renews_its_checksum AFTER UPDATE ON closed
WHEN old.checksum = row_checksum(old.account, old.interface, old.since, old.until, old.code, old.message)
BEGIN UPDATE closed SET checksum = row_checksum(account, interface, since, until, code, message)
      WHERE (account, interface) = (new.account, new.interface); END;
CREATE TRIGGER draft_time_gets_its_checksum AFTER INSERT ON draft_time
BEGIN UPDATE draft_time SET checksum = row_checksum(draft, create_time, update_time, read_time)
      WHERE draft = new.draft; END;
CREATE TRIGGER draft_time_renews_its_checksum AFTER UPDATE ON draft_time
WHEN old.checksum = row_checksum(old.draft, old.create_time, old.update_time, old.read_time)
BEGIN UPDATE draft_time SET checksum = row_checksum(draft, create_time, update_time, read_time)
      WHERE draft = new.draft; END;
CREATE TRIGGER habit_gets_its_checksum AFTER INSERT ON habit
BEGIN UPDATE habit SET checksum = row_checksum(account, list_order, checked_at, learned)
      WHERE account = new.account; END;
CREATE TRIGGER habit_renews_its_checksum AFTER UPDATE ON habit
WHEN old.checksum = row_checksum(old.account, old.list_order, old.checked_at, old.learned)
BEGIN UPDATE habit SET checksum = row_checksum(account, list_order, checked_at, learned)
      WHERE account = new.account; END;
CREATE TRIGGER volatile_gets_its_checksum AFTER INSERT ON volatile
BEGIN UPDATE volatile SET checksum = row_checksum(account, field, found_at)
      WHERE (account, field) = (new.account, new.field); END;
CREATE TRIGGER volatile_renews_its_checksum AFTER UPDATE ON volatile
WHEN old.checksum = row_checksum(old.account, old.field, old.found_at)
BEGIN UPDATE volatile SET checksum = row_checksum(account, field, found_at)
      WHERE (account, field) = (new.account, new.field); END;
CREATE TRIGGER picture_gets_its_checksum AFTER INSERT ON picture
BEGIN UPDATE picture SET checksum = row_checksum(id, account, identity, media_id, address, asset, tries, due_at, reason)
      WHERE id = new.id; END;
CREATE TRIGGER picture_renews_its_checksum AFTER UPDATE ON picture
WHEN old.checksum = row_checksum(old.id, old.account, old.identity, old.media_id, old.address, old.asset, old.tries, old.due_at, old.reason)
BEGIN UPDATE picture SET checksum = row_checksum(id, account, identity, media_id, address, asset, tries, due_at, reason)
      WHERE id = new.id; END;
CREATE TRIGGER looked_gets_its_checksum AFTER INSERT ON looked
BEGIN UPDATE looked SET checksum = row_checksum(account, version)
      WHERE account = new.account; END;
CREATE TRIGGER looked_renews_its_checksum AFTER UPDATE ON looked
WHEN old.checksum = row_checksum(old.account, old.version)
BEGIN UPDATE looked SET checksum = row_checksum(account, version)
      WHERE account = new.account; END;
CREATE TRIGGER upload_gets_its_checksum AFTER INSERT ON upload
BEGIN UPDATE upload SET checksum = row_checksum(account, asset, door, media_id, address, uploaded_at)
      WHERE (account, asset, door) = (new.account, new.asset, new.door); END;
CREATE TRIGGER upload_renews_its_checksum AFTER UPDATE ON upload
WHEN old.checksum = row_checksum(old.account, old.asset, old.door, old.media_id, old.address, old.uploaded_at)
BEGIN UPDATE upload SET checksum = row_checksum(account, asset, door, media_id, address, uploaded_at)
      WHERE (account, asset, door) = (new.account, new.asset, new.door); END;
CREATE TRIGGER restore_gets_its_checksum AFTER INSERT ON restore
BEGIN UPDATE restore SET checksum = row_checksum(id, kind, version, account, choices, before, result, undoes, started_at, finished_at, outcome, media_id)
      WHERE id = new.id; END;
CREATE TRIGGER restore_renews_its_checksum AFTER UPDATE ON restore
WHEN old.checksum = row_checksum(old.id, old.kind, old.version, old.account, old.choices, old.before, old.result, old.undoes, old.started_at, old.finished_at, old.outcome, old.media_id)
BEGIN UPDATE restore SET checksum = row_checksum(id, kind, version, account, choices, before, result, undoes, started_at, finished_at, outcome, media_id)
      WHERE id = new.id; END;
CREATE TRIGGER restore_step_gets_its_checksum AFTER INSERT ON restore_step
BEGIN UPDATE restore_step SET checksum = row_checksum(restore, number, step, about, began_at, done_at, media_id)
      WHERE (restore, number) = (new.restore, new.number); END;
CREATE TRIGGER restore_step_renews_its_checksum AFTER UPDATE ON restore_step
WHEN old.checksum = row_checksum(old.restore, old.number, old.step, old.about, old.began_at, old.done_at, old.media_id)
BEGIN UPDATE restore_step SET checksum = row_checksum(restore, number, step, about, began_at, done_at, media_id)
      WHERE (restore, number) = (new.restore, new.number); END;
CREATE TRIGGER missed_gets_its_checksum AFTER INSERT ON missed
BEGIN UPDATE missed SET checksum = row_checksum(draft, missed_at)
      WHERE draft = new.draft; END;
CREATE TRIGGER missed_renews_its_checksum AFTER UPDATE ON missed
WHEN old.checksum = row_checksum(old.draft, old.missed_at)
BEGIN UPDATE missed SET checksum = row_checksum(draft, missed_at)
      WHERE draft = new.draft; END;
CREATE TRIGGER flip_gets_its_checksum AFTER INSERT ON flip
BEGIN UPDATE flip SET checksum = row_checksum(account, field, flips, last_at)
      WHERE (account, field) = (new.account, new.field); END;
CREATE TRIGGER flip_renews_its_checksum AFTER UPDATE ON flip
WHEN old.checksum = row_checksum(old.account, old.field, old.flips, old.last_at)
BEGIN UPDATE flip SET checksum = row_checksum(account, field, flips, last_at)
      WHERE (account, field) = (new.account, new.field); END;
CREATE TRIGGER held_back_gets_its_checksum AFTER INSERT ON held_back
BEGIN UPDATE held_back SET checksum = row_checksum(draft, since, confirmed_at, asked_at)
      WHERE draft = new.draft; END;
CREATE TRIGGER held_back_renews_its_checksum AFTER UPDATE ON held_back
WHEN old.checksum = row_checksum(old.draft, old.since, old.confirmed_at, old.asked_at)
BEGIN UPDATE held_back SET checksum = row_checksum(draft, since, confirmed_at, asked_at)
      WHERE draft = new.draft; END;
CREATE TRIGGER plan_gets_its_checksum AFTER INSERT ON plan
BEGIN UPDATE plan SET checksum = row_checksum(id, version, undoes, over, planned_at, state)
      WHERE id = new.id; END;
CREATE TRIGGER plan_renews_its_checksum AFTER UPDATE ON plan
WHEN old.checksum = row_checksum(old.id, old.version, old.undoes, old.over, old.planned_at, old.state)
BEGIN UPDATE plan SET checksum = row_checksum(id, version, undoes, over, planned_at, state)
      WHERE id = new.id; END;

CREATE TRIGGER restore_that_ended_never_changes BEFORE UPDATE OF id, kind, version, account, choices, before, result, undoes, started_at, finished_at, outcome, media_id ON restore
WHEN old.outcome IN ('done', 'failed')
BEGIN SELECT raise(ABORT, 'a restore that has ended never changes'); END;

-- A document comes for the newest version of its draft, which no delta stands for. The table delta is not asked: a page of it that
-- is lost must not keep new versions out.
DROP TRIGGER whole_comes_once;
CREATE TRIGGER whole_comes_once BEFORE INSERT ON whole
WHEN EXISTS (SELECT 1 FROM whole WHERE version = new.version)
  OR EXISTS (SELECT 1 FROM version this JOIN version later ON later.draft = this.draft AND later.number > this.number
             WHERE this.id = new.version)
BEGIN SELECT raise(ABORT, 'a document never changes'); END;
