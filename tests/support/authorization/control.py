"""The tests' hand on the authorization server: faults, counters, and a user who agrees or refuses.

`POST /control/ACTION` over plain HTTP, with the arguments of the function in ACTIONS as JSON.
"""

import socket
import time
from collections import Counter
from contextlib import contextmanager
from email.utils import formatdate

from flask import Flask, Response, jsonify, request

from store import CLIENTS, DECISIONS, DEVICES, ISSUED_CODES, LOCK, SETTINGS, TOKENS, find, keep, revoke

FAULTS = []
REQUESTS, RUNNING, MOST = Counter(), Counter(), Counter()


def answer(kind, make):
    """Authlib's answer, or with the fault that a test has ordered for this kind of request."""
    with running(kind):
        with LOCK:
            fault = take_fault(kind)
        time.sleep(fault.get("delay_before_s", 0))
        if fault.get("status"):
            response = Response(fault["body"], fault["status"], content_type=fault["content_type"])
        else:
            with LOCK:
                response = make()
        time.sleep(fault.get("delay_after_s", 0))
    if fault.get("lost"):
        request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return dressed(response, fault)


def dressed(response, fault):
    response.headers["Date"] = formatdate(time.time() + fault.get("date_offset_s", 0), usegmt=True)
    if fault.get("retry_after"):
        response.headers["Retry-After"] = fault["retry_after"]
    if fault.get("chunked"):
        body = response.get_data()
        del response.headers["Content-Length"]
        response.response = (body[start:start + 20] for start in range(0, len(body), 20))
    return response


def take_fault(kind):
    # The mail server's questions fail only where they are named.
    meant = (kind,) if kind == "introspection" else (kind, None)
    for fault in FAULTS:
        if fault["left"] > 0 and fault.get("only") in meant:
            fault["left"] -= 1
            return fault
    return {}


@contextmanager
def running(kind):
    """Counts the request, and how many of its kind run at once: in all, and for one user's token."""
    with LOCK:
        known = find("refresh_token", request.form.get("refresh_token", ""))
        keys = [kind, (kind, known and known.user)]
        REQUESTS[kind] += 1
        for key in keys:
            RUNNING[key] += 1
            MOST[key] = max(MOST[key], RUNNING[key])
    try:
        yield
    finally:
        with LOCK:
            RUNNING.subtract(keys)


def set_(**settings):
    SETTINGS.update(settings)


def decide(user_code, user, approved):
    if not any(device["user_code"] == user_code for device in DEVICES.values()):
        raise LookupError(f"no device waits with the code {user_code}")
    DECISIONS[user_code] = (user, approved)


def revoke_user(user):
    revoke(token for token in TOKENS if token.user == user)


def forget_access_tokens():
    for token in TOKENS:
        token.expires_at = 0


def fail(**fault):
    FAULTS.append(fault)


def issued():
    tokens = [value for token in TOKENS for value in (token.access_token, token.refresh_token)]
    return {"tokens": [value for value in tokens if value], "codes": ISSUED_CODES}


def counts():
    of_one_user = [most for key, most in MOST.items() if key[0:1] == ("refresh_token",)]
    return {
        "requests": REQUESTS,
        "refreshes_at_once": MOST["refresh_token"],
        "refreshes_of_one_user_at_once": max(of_one_user, default=0),
    }


def control_of(generate_token):
    """The tests' side of the server that makes tokens with this function."""

    def grant(client_id, user, scope):
        client = CLIENTS[client_id]
        made = generate_token("authorization_code", client, user, scope)
        keep(made, client, user)
        return made

    actions = {
        "set": set_, "decide": decide, "revoke": revoke_user, "fail": fail, "grant": grant,
        "issued": issued, "counts": counts, "forget_access_tokens": forget_access_tokens,
    }
    app = Flask("control")

    @app.post("/control/<name>")
    def act(name):
        with LOCK:
            return jsonify(actions[name](**request.get_json()))

    return app
