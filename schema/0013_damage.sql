-- Schema 13: damage on the disk keeps polls from nothing.

-- A value that no program can read, because it was changed on the disk, may be written anew. What can be read
-- never changes: an appid or a media_id of printable ASCII, an instant as we write it.

DROP TRIGGER account_keeps_its_identity;
CREATE TRIGGER account_keeps_its_identity BEFORE UPDATE OF id, first_seen ON account
WHEN new.id IS NOT old.id
  OR (new.first_seen IS NOT old.first_seen AND typeof(old.first_seen) = 'text' AND strftime('%Y-%m-%dT%H:%M:%fZ', old.first_seen, '+0 days') = old.first_seen)
BEGIN SELECT raise(ABORT, 'an account never changes'); END;

DROP TRIGGER account_keeps_its_appid;
CREATE TRIGGER account_keeps_its_appid BEFORE UPDATE OF appid ON account
WHEN new.appid IS NOT old.appid AND typeof(old.appid) = 'text' AND old.appid NOT GLOB '*[^ -~]*' AND EXISTS (SELECT 1 FROM draft WHERE draft.account = old.id)
BEGIN SELECT raise(ABORT, 'an account with drafts never changes its appid'); END;

DROP TRIGGER draft_keeps_its_identity;
CREATE TRIGGER draft_keeps_its_identity BEFORE UPDATE OF id, account, media_id, first_seen ON draft
WHEN new.id IS NOT old.id OR new.account IS NOT old.account
  OR (new.media_id IS NOT old.media_id AND typeof(old.media_id) = 'text' AND old.media_id NOT GLOB '*[^ -~]*')
  OR (new.first_seen IS NOT old.first_seen AND typeof(old.first_seen) = 'text' AND strftime('%Y-%m-%dT%H:%M:%fZ', old.first_seen, '+0 days') = old.first_seen)
BEGIN SELECT raise(ABORT, 'a draft never changes its identity'); END;

-- A version whose number is damaged keeps no later one of its draft out.
DROP TRIGGER whole_comes_once;
CREATE TRIGGER whole_comes_once BEFORE INSERT ON whole
WHEN EXISTS (SELECT 1 FROM whole WHERE version = new.version)
  OR EXISTS (SELECT 1 FROM version this JOIN version later ON later.draft = this.draft AND later.number > this.number
             WHERE this.id = new.version AND typeof(later.number) = 'integer')
BEGIN SELECT raise(ABORT, 'a document never changes'); END;

DROP TRIGGER received_comes_once;
CREATE TRIGGER received_comes_once BEFORE INSERT ON received
WHEN EXISTS (SELECT 1 FROM received WHERE version = new.version)
  OR EXISTS (SELECT 1 FROM version this JOIN version later ON later.draft = this.draft AND later.number > this.number
             WHERE this.id = new.version AND typeof(later.number) = 'integer')
BEGIN SELECT raise(ABORT, 'a document never changes'); END;
