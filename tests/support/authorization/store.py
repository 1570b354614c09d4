"""What the authorization server remembers: clients, codes, devices, tokens and settings.

All is in memory. Whoever touches it holds LOCK.
"""

import secrets
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin
from authlib.oauth2.rfc8628 import DEVICE_CODE_GRANT_TYPE

BY_USER = {"authorization_code", "refresh_token", DEVICE_CODE_GRANT_TYPE}
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass
class Client(ClientMixin):
    client_id: str
    secret: str | None
    grant_types: set
    # The mailbox of a client that has no user (client_credentials).
    mailbox: str | None = None

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return scope or ""

    def check_redirect_uri(self, redirect_uri):
        # Any port of this machine, as RFC 8252 says of native programs.
        parts = urlsplit(redirect_uri)
        return parts.scheme == "http" and parts.hostname in LOOPBACK

    def check_client_secret(self, client_secret):
        return self.secret is not None and secrets.compare_digest(self.secret, client_secret)

    def check_endpoint_auth_method(self, method, endpoint):
        return (method == "none") == (self.secret is None)

    def check_response_type(self, response_type):
        return response_type == "code" and "authorization_code" in self.grant_types

    def check_grant_type(self, grant_type):
        return grant_type in self.grant_types


@dataclass
class Code(AuthorizationCodeMixin):
    code: str
    client_id: str
    user: str
    redirect_uri: str
    scope: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


@dataclass(eq=False)
class Token(TokenMixin):
    """What one token answer held; the answers that descend from one consent are a family."""

    client_id: str
    user: str
    scope: str
    access_token: str
    refresh_token: str | None
    expires_at: float
    parent: "Token | None" = None
    family: list = field(default_factory=list)
    revoked: bool = False
    spent: bool = False

    def check_client(self, client):
        return self.client_id == client.client_id

    def get_scope(self):
        return self.scope

    def get_expires_in(self):
        # None: the generator gives the lifetime in force now.
        return None

    def is_expired(self):
        return time.time() >= self.expires_at

    def is_revoked(self):
        return self.revoked


CLIENTS = {
    client.client_id: client
    for client in (
        Client("till", None, BY_USER),
        Client("back", "s3cret", BY_USER),
        Client("daemon", "s3cret", {"client_credentials"}, mailbox="till@example.test"),
        Client("dovecot", "introspects", set()),
    )
}
SETTINGS = {
    "lifetime_s": 3600,
    # rotate: a refresh token serves once. keep: for ever, no new one is given.
    # grace: the old one serves until the new one has been used.
    "rotation": "rotate",
    "access_token_length": 200,
    "device_lifetime_s": 900,
    "device_interval_s": 1,
    # Who sits at the browser of /authorize; None refuses.
    "browser_user": "till@example.test",
}
LOCK = threading.RLock()
CODES, DEVICES, DECISIONS = {}, {}, {}
TOKENS, ISSUED_CODES = [], []


def keep(token, client, user, parent=None):
    record = Token(
        client.client_id, user, token.get("scope", ""), token["access_token"],
        token.get("refresh_token"), time.time() + token["expires_in"], parent,
    )
    if parent:
        record.family = parent.family
    record.family.append(record)
    TOKENS.append(record)


def find(attribute, value):
    return next((token for token in TOKENS if getattr(token, attribute) == value), None)


def revoke(tokens):
    for token in tokens:
        token.revoked = True
