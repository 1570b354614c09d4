-- When the machine's clock is set, what waits is moved with it: waits and ages are time that has passed.
ALTER TABLE mail ADD COLUMN clock_shift INTEGER NOT NULL DEFAULT 0;

DROP INDEX mail_waiting_since;
CREATE INDEX mail_waiting_since ON mail (coalesce(retry_from, accepted_at) + clock_shift)
    WHERE state IN ('queued', 'sending');
DROP INDEX mail_retried;
CREATE INDEX mail_retried ON mail (lane, retry_from + clock_shift) WHERE state = 'queued' AND retry_from IS NOT NULL;

-- Bytes beside the mails, so that the outbox has a bound in both.
ALTER TABLE tally ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
UPDATE tally SET bytes = (SELECT coalesce(sum(mail.size), 0) FROM mail WHERE mail.state = tally.state);

DROP TRIGGER mail_added;
DROP TRIGGER mail_moved;
DROP TRIGGER mail_gone;
CREATE TRIGGER mail_added AFTER INSERT ON mail BEGIN
    UPDATE tally SET mails = mails + 1, bytes = bytes + NEW.size WHERE state = NEW.state;
END;
CREATE TRIGGER mail_moved AFTER UPDATE OF state ON mail WHEN OLD.state <> NEW.state BEGIN
    UPDATE tally SET mails = mails - 1, bytes = bytes - OLD.size WHERE state = OLD.state;
    UPDATE tally SET mails = mails + 1, bytes = bytes + NEW.size WHERE state = NEW.state;
END;
CREATE TRIGGER mail_gone AFTER DELETE ON mail BEGIN
    UPDATE tally SET mails = mails - 1, bytes = bytes - OLD.size WHERE state = OLD.state;
END;

-- The journal again, without a list of its events: the library names them, and each new one would move the table.
CREATE TABLE event_5 (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    mail_id INTEGER REFERENCES mail (id) ON DELETE CASCADE,
    account TEXT,
    event TEXT NOT NULL CHECK (event <> ''),
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

INSERT INTO event_5 (id, at, mail_id, account, event, code, step, smtp_code, smtp_enhanced, smtp_text,
                     message_fr, message_en, hint_fr, hint_en)
SELECT id, at, mail_id, account, event, code, step, smtp_code, smtp_enhanced, smtp_text,
       message_fr, message_en, hint_fr, hint_en
FROM event
ORDER BY id;

DROP TABLE event;
ALTER TABLE event_5 RENAME TO event;
CREATE INDEX event_of_mail ON event (mail_id, id) WHERE mail_id IS NOT NULL;
CREATE INDEX event_of_library ON event (id) WHERE mail_id IS NULL;
CREATE INDEX event_sent ON event (account, at) WHERE event = 'sent';

-- Lines of the journal, counted by the triggers below.
CREATE TABLE journal (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    lines INTEGER NOT NULL CHECK (lines >= 0)
) STRICT;
INSERT INTO journal (id, lines) SELECT 1, count(*) FROM event;

CREATE TRIGGER event_added AFTER INSERT ON event BEGIN
    UPDATE journal SET lines = lines + 1;
END;
CREATE TRIGGER event_gone AFTER DELETE ON event BEGIN
    UPDATE journal SET lines = lines - 1;
END;
