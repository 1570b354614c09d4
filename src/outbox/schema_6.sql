-- 1 from the server's answer until the outcome is written: outcomes are written together, and a crash in between leaves
-- no doubt about those that were taken.
ALTER TABLE mail ADD COLUMN taken INTEGER NOT NULL DEFAULT 0 CHECK (taken IN (0, 1));
