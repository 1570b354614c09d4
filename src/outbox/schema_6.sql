-- 1 from the server's answer until the outcome is written: outcomes are written together, and a crash in between leaves
-- no doubt about those that were taken.
ALTER TABLE mail ADD COLUMN taken INTEGER NOT NULL DEFAULT 0 CHECK (taken IN (0, 1));

-- A page of the journal begins at its filter, however many mails there are. The number of a mail is the last column of
-- every index, so each gives the newest first.
CREATE INDEX mail_store ON mail (store);
CREATE INDEX mail_number ON mail (number);
CREATE INDEX mail_recipient ON mail (recipient COLLATE NOCASE);
CREATE INDEX mail_code ON mail (code) WHERE code <> 0;
-- When the last one was sent: after it any number may have failed or been cancelled.
CREATE INDEX mail_sent ON mail (settled_at) WHERE state = 'sent';
-- For who says "id > 0" only: for what is due, SQLite would prefer it to the index of the lanes.
CREATE INDEX mail_state ON mail (state) WHERE id > 0;
-- Copies of what is no receipt are counted too.
CREATE INDEX mail_again ON mail (once, emission) WHERE test = 1 OR kind = 'message';
