-- The last conversations with servers, for support: secrets and customers' addresses are masked before they come here.
CREATE TABLE transcript (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    account TEXT NOT NULL,
    -- The mail it was about.
    mail_id INTEGER REFERENCES mail (id) ON DELETE CASCADE,
    -- Code of the failure it ended with; 0 for one that worked.
    code INTEGER NOT NULL,
    step TEXT,
    lines TEXT NOT NULL
) STRICT;

CREATE INDEX transcript_kind ON transcript (account, code, step, id);
CREATE INDEX transcript_of_mail ON transcript (mail_id) WHERE mail_id IS NOT NULL;

-- Somebody flushes the outbox: the account's wait after a failed connection is lifted once. Unlike retry_from it
-- does not make the mail younger.
ALTER TABLE mail ADD COLUMN hurried_at INTEGER;
CREATE INDEX mail_hurried ON mail (lane, hurried_at) WHERE state = 'queued' AND hurried_at IS NOT NULL;
