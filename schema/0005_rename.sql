-- Schema 5: an account is known by its appid, and its name may change.

DROP TRIGGER account_keeps_its_name;
CREATE TRIGGER account_keeps_its_identity BEFORE UPDATE OF id, first_seen ON account
BEGIN SELECT raise(ABORT, 'an account never changes'); END;
