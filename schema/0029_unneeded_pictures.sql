-- Schema 29: the bytes of a picture that only pruned versions needed go, seven days after these.

CREATE TABLE asset_unneeded (
    asset INTEGER PRIMARY KEY,  -- which; it is no reference, because the row goes after it
    since TEXT NOT NULL         -- when a version that needed it was pruned
) STRICT;

-- What goes was seen to be unneeded. That nothing refers to it, the references themselves say.
DROP TRIGGER asset_stays;
CREATE TRIGGER asset_stays BEFORE DELETE ON asset
WHEN NOT EXISTS (SELECT 1 FROM asset_unneeded WHERE asset = old.id)
BEGIN SELECT raise(ABORT, 'an asset stays in the archive'); END;
DROP TRIGGER picture_stays;
CREATE TRIGGER picture_stays BEFORE DELETE ON picture
WHEN NOT EXISTS (SELECT 1 FROM asset_unneeded WHERE asset = old.asset)
BEGIN SELECT raise(ABORT, 'a picture stays in the archive'); END;

CREATE TRIGGER asset_checksum_delete AFTER DELETE ON asset
BEGIN INSERT INTO checksum VALUES ('asset', old.id, -row_checksum(old.id, old.sha256, old.type, old.width, old.height, old.stored_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER picture_checksum_delete AFTER DELETE ON picture
BEGIN INSERT INTO checksum VALUES ('picture', old.id, -row_checksum(old.id, old.account, old.identity, old.media_id, old.address_head, old.address_tail, old.asset, old.tries, old.due_at, old.reason))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
CREATE TRIGGER upload_checksum_delete AFTER DELETE ON upload
BEGIN INSERT INTO checksum VALUES ('upload', old.account, -row_checksum(old.account, old.asset, old.door, old.media_id, old.address, old.uploaded_at))
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
