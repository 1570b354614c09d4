-- What the host saved: one document, its secrets sealed.
CREATE TABLE settings (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    document TEXT NOT NULL,
    version INTEGER NOT NULL,
    saved_at INTEGER NOT NULL
) STRICT;

-- One row a mail. Times are milliseconds since 1970.
CREATE TABLE mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('receipt', 'message')),
    store TEXT NOT NULL,
    number TEXT NOT NULL,
    document_type TEXT NOT NULL,
    recipient TEXT NOT NULL,
    -- Digest of store, number, type and recipient: the same receipt twice is one mail.
    once TEXT NOT NULL,
    emission INTEGER NOT NULL CHECK (emission >= 1),
    test INTEGER NOT NULL CHECK (test IN (0, 1)),
    message_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'uncertain', 'cancelled')),
    -- Code of the last failure, 0 while there is none.
    code INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
    unsure_tries INTEGER NOT NULL DEFAULT 0,
    -- 1 from just before the content goes to the server until the mail is settled.
    handed_over INTEGER NOT NULL DEFAULT 0 CHECK (handed_over IN (0, 1)),
    accepted_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    settled_at INTEGER
) STRICT;

CREATE UNIQUE INDEX mail_once ON mail (once, emission) WHERE test = 0 AND kind = 'receipt';
CREATE INDEX mail_due ON mail (store, next_at, id) WHERE state = 'queued';
CREATE INDEX mail_sending ON mail (id) WHERE state = 'sending';
CREATE INDEX mail_waiting_since ON mail (accepted_at) WHERE state IN ('queued', 'sending');
CREATE INDEX mail_settled ON mail (settled_at) WHERE settled_at IS NOT NULL;

-- The mail as it is sent, but for From and Reply-To; apart, so that lists stay quick.
CREATE TABLE content (
    mail_id INTEGER PRIMARY KEY REFERENCES mail (id) ON DELETE CASCADE,
    mime BLOB NOT NULL
) STRICT;

-- The journal: what happened, and why.
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    mail_id INTEGER REFERENCES mail (id) ON DELETE CASCADE,
    account TEXT,
    event TEXT NOT NULL CHECK (event IN (
        'accepted', 'sent', 'later', 'refused', 'blocked', 'unsure', 'uncertain', 'interrupted',
        'cancelled', 'expired', 'settings_saved', 'account_paused', 'account_resumed', 'erased', 'fault')),
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

CREATE INDEX event_of_mail ON event (mail_id, id) WHERE mail_id IS NOT NULL;

-- Accounts that wait for a person: nothing is sent through them until probe_at.
CREATE TABLE paused (
    account TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    probe_at INTEGER NOT NULL,
    code INTEGER NOT NULL,
    message_fr TEXT NOT NULL,
    message_en TEXT NOT NULL,
    hint_fr TEXT,
    hint_en TEXT
) STRICT;

-- Mails by state, kept by the triggers below: counting a million rows would take too long.
CREATE TABLE tally (
    state TEXT PRIMARY KEY,
    mails INTEGER NOT NULL CHECK (mails >= 0)
) STRICT;

INSERT INTO tally (state, mails)
VALUES ('queued', 0), ('sending', 0), ('sent', 0), ('failed', 0), ('uncertain', 0), ('cancelled', 0);

CREATE TRIGGER mail_added AFTER INSERT ON mail BEGIN
    UPDATE tally SET mails = mails + 1 WHERE state = NEW.state;
END;

CREATE TRIGGER mail_moved AFTER UPDATE OF state ON mail WHEN OLD.state <> NEW.state BEGIN
    UPDATE tally SET mails = mails - 1 WHERE state = OLD.state;
    UPDATE tally SET mails = mails + 1 WHERE state = NEW.state;
END;

CREATE TRIGGER mail_gone AFTER DELETE ON mail BEGIN
    UPDATE tally SET mails = mails - 1 WHERE state = OLD.state;
END;
