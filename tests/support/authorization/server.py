"""An OAuth 2 authorization server on loopback for the tests: `server.py CERTIFICATE KEY`.

What it says on the TLS port is Authlib's: the grants of RFC 6749 and RFC 8628, PKCE (RFC 7636),
introspection (RFC 7662), and the errors of each. Written here is only what Authlib asks of its
host: where things are kept (store.py), and the policy for refresh tokens. Paths are also served as
Microsoft has them: `/TENANT/oauth2/v2.0/token`, `/devicecode` and `/authorize`.

The other port is the tests' control (control.py). First line of output: both ports.
"""

import logging
import ssl
import sys
import threading
import time

from authlib.common.security import generate_token
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant, DeviceCredentialDict
from flask import Flask, request
from werkzeug.serving import WSGIRequestHandler, make_server

from control import answer, control_of
from store import CLIENTS, CODES, DECISIONS, DEVICES, ISSUED_CODES, LOCK, SETTINGS, Code, Token
from store import find, keep, revoke

# A client that asked too soon waits this much longer from then on (RFC 8628, 3.5).
SLOWER_S = 5


def save_token(token, oauth_request):
    parent = oauth_request.credential if isinstance(oauth_request.credential, Token) else None
    keep(token, oauth_request.client, oauth_request.user or oauth_request.client.mailbox, parent)


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]

    def save_authorization_code(self, code, request):
        CODES[code] = Code(
            code, request.client_id, request.user, request.redirect_uri, request.scope or "",
            request.data.get("code_challenge"), request.data.get("code_challenge_method"),
        )
        ISSUED_CODES.append(code)

    def query_authorization_code(self, code, client):
        found = CODES.get(code)
        return found if found and found.client_id == client.client_id else None

    def delete_authorization_code(self, authorization_code):
        del CODES[authorization_code.code]

    def authenticate_user(self, authorization_code):
        return authorization_code.user


class S256(CodeChallenge):
    """Public clients must prove themselves, and `plain` proves nothing."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant):
        given = grant.request.data
        if not given.get("code_challenge") and grant.request.client.secret is None:
            raise InvalidRequestError('Missing "code_challenge"')
        if given.get("code_challenge") and given.get("code_challenge_method") != "S256":
            raise InvalidRequestError('Unsupported "code_challenge_method"')
        super().validate_code_challenge(grant)


class RefreshGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]

    @property
    def INCLUDE_NEW_REFRESH_TOKEN(self):
        return SETTINGS["rotation"] != "keep"

    def authenticate_refresh_token(self, refresh_token):
        token = find("refresh_token", refresh_token)
        if token and token.spent:
            # Used twice: one of the two users has stolen it (RFC 9700, 4.14.2).
            revoke(token.family)
        return token if token and not token.revoked else None

    def authenticate_user(self, credential):
        return credential.user

    def revoke_old_credential(self, credential):
        if SETTINGS["rotation"] == "rotate":
            credential.spent = True
        elif SETTINGS["rotation"] == "grace" and credential.parent:
            credential.parent.spent = True


class DeviceGrant(DeviceCodeGrant):
    def query_device_credential(self, device_code):
        return DEVICES.get(device_code)

    def query_user_grant(self, user_code):
        return DECISIONS.get(user_code)

    def should_slow_down(self, credential):
        now, before = time.monotonic(), credential.get("polled_at")
        credential["polled_at"] = now
        too_soon = before is not None and now - before < credential["interval"]
        credential["interval"] += SLOWER_S if too_soon else 0
        return too_soon

    def create_token_response(self):
        answer = super().create_token_response()
        del DEVICES[self.request.credential["device_code"]]
        return answer


class DeviceEndpoint(DeviceAuthorizationEndpoint):
    @property
    def EXPIRES_IN(self):
        return SETTINGS["device_lifetime_s"]

    @property
    def INTERVAL(self):
        return SETTINGS["device_interval_s"]

    def get_verification_uri(self):
        return request.host_url + "device"

    def save_device_credential(self, client_id, scope, data):
        expires_at = time.time() + data["expires_in"]
        DEVICES[data["device_code"]] = DeviceCredentialDict(
            data, client_id=client_id, scope=scope or "", expires_at=expires_at
        )
        ISSUED_CODES.append(data["device_code"])


class Introspection(IntrospectionEndpoint):
    def query_token(self, token_string, token_type_hint):
        return find("access_token", token_string)

    def check_permission(self, token, client, request):
        return client.client_id == "dovecot"

    def introspect_token(self, token):
        return {
            "active": True, "client_id": token.client_id, "token_type": "Bearer",
            "username": token.user, "scope": token.scope, "exp": int(token.expires_at),
        }


public = Flask("authorization")
server = AuthorizationServer(public, CLIENTS.get, save_token)
server.register_token_generator("default", BearerTokenGenerator(
    lambda **_: generate_token(SETTINGS["access_token_length"]),
    lambda **_: generate_token(64),
    lambda client, grant_type: SETTINGS["lifetime_s"],
))
server.register_grant(CodeGrant, [S256(required=True)])
for grant in (RefreshGrant, DeviceGrant, grants.ClientCredentialsGrant):
    server.register_grant(grant)
for endpoint in (DeviceEndpoint, Introspection):
    server.register_endpoint(endpoint)
grants.ClientCredentialsGrant.TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]


@public.get("/authorize")
@public.get("/<tenant>/oauth2/v2.0/authorize")
def authorize(tenant=None):
    with LOCK:
        return server.create_authorization_response(grant_user=SETTINGS["browser_user"])


@public.get("/device")
def device():
    return "Enter the code that your till shows.\n"


@public.post("/device_authorization")
@public.post("/<tenant>/oauth2/v2.0/devicecode")
def device_authorization(tenant=None):
    return answer("device_authorization", lambda: server.create_endpoint_response("device_authorization"))


@public.post("/token")
@public.post("/<tenant>/oauth2/v2.0/token")
def token(tenant=None):
    return answer(request.form.get("grant_type", ""), server.create_token_response)


@public.post("/introspect")
def introspect():
    return answer("introspection", lambda: server.create_endpoint_response("introspection"))


class Handler(WSGIRequestHandler):
    """Leaves the Date header to the answers: a second one would hide theirs."""

    def send_response(self, code, message=None):
        self.log_request(code)
        self.send_response_only(code, message)
        self.send_header("Server", self.version_string())


def listen(app, tls=None):
    listener = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    if tls:
        # Each connection shakes hands in its own thread, so that a silent client holds up nobody.
        listener.socket = tls.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
        listener.ssl_context = tls
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    return listener.server_port


def main(certificate, key):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    print(listen(public, tls), listen(control_of(server.generate_token)), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main(*sys.argv[1:])
