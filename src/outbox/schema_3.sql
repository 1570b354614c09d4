-- Mails of users: who they are from, and the account they leave through.
ALTER TABLE mail ADD COLUMN profile_name TEXT;
ALTER TABLE mail ADD COLUMN profile_address TEXT;
ALTER TABLE mail ADD COLUMN account TEXT;
-- What is claimed together: the mails of one store through one account.
ALTER TABLE mail ADD COLUMN lane TEXT NOT NULL DEFAULT '';
UPDATE mail SET lane = store;

DROP INDEX mail_due;
CREATE INDEX mail_due ON mail (lane, next_at, id) WHERE state = 'queued';
DROP INDEX mail_retried;
CREATE INDEX mail_retried ON mail (lane, retry_from) WHERE state = 'queued' AND retry_from IS NOT NULL;

-- What an account has sent lately, against its provider's limits.
CREATE INDEX event_sent ON event (account, at) WHERE event = 'sent';
