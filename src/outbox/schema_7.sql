-- Tokens of accounts that somebody has signed in, sealed. The account is a digest of who asks whom for them
-- (delivery/oauth/supply.rs), so changed settings never use the tokens of others.
CREATE TABLE token (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL UNIQUE,
    refresh_token TEXT,
    access_token TEXT,
    -- Times are milliseconds since 1970.
    access_from INTEGER,
    access_until INTEGER,
    refreshed_at INTEGER NOT NULL
) STRICT;
