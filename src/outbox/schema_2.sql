-- A person sent the mail on its way again: its age counts from here.
ALTER TABLE mail ADD COLUMN retry_from INTEGER;

DROP INDEX mail_waiting_since;
CREATE INDEX mail_waiting_since ON mail (coalesce(retry_from, accepted_at)) WHERE state IN ('queued', 'sending');
CREATE INDEX mail_retried ON mail (store, retry_from) WHERE state = 'queued' AND retry_from IS NOT NULL;

-- SQLite cannot change a CHECK: the journal moves to a table that also knows 'retried' and 'resent'.
CREATE TABLE event_2 (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    mail_id INTEGER REFERENCES mail (id) ON DELETE CASCADE,
    account TEXT,
    event TEXT NOT NULL CHECK (event IN (
        'accepted', 'sent', 'later', 'refused', 'blocked', 'unsure', 'uncertain', 'interrupted',
        'cancelled', 'expired', 'settings_saved', 'account_paused', 'account_resumed', 'erased', 'fault',
        'retried', 'resent')),
    code INTEGER NOT NULL DEFAULT 0,
    step TEXT,
    smtp_code INTEGER,
    smtp_enhanced TEXT,
    smtp_text TEXT,
    message_fr TEXT,
    message_en TEXT,
    hint_fr TEXT,
    hint_en TEXT
) STRICT;

INSERT INTO event_2 (id, at, mail_id, account, event, code, step, smtp_code, smtp_enhanced, smtp_text,
                     message_fr, message_en, hint_fr, hint_en)
SELECT id, at, mail_id, account, event, code, step, smtp_code, smtp_enhanced, smtp_text,
       message_fr, message_en, hint_fr, hint_en
FROM event
ORDER BY id;

DROP TABLE event;
ALTER TABLE event_2 RENAME TO event;
CREATE INDEX event_of_mail ON event (mail_id, id) WHERE mail_id IS NOT NULL;
