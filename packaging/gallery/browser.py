"""A headless Chromium over its DevTools pipe: pages as pictures, as a light and as a dark screen shows them.

The pipe needs no port and no WebSocket, so Python's own library is enough. The browser finds no host: a page that asks
for anything outside its folder is an error.
"""

import base64
import json
import os
import select
import subprocess
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional

#: Generous: a busy machine takes seconds to start a browser.
DEADLINE_S = 60.0
#: Pixels that Chromium draws at most in one direction; beyond, it repeats what it has drawn.
LONGEST_PIXELS = 16000
#: A page that is so many times higher than wide is drawn one for one, or its picture would be a megabyte.
LONG = 6
#: A shorter page gets a picture of this height.
SHORTEST_HEIGHT = 200


class BrowserError(Exception):
    """The browser does not do what it is asked."""


class View(NamedTuple):
    """A screen that a page is looked at on."""

    width: int
    theme: str
    #: Pixels of the picture for one of the page.
    scale: float
    #: Lays pages out as phones do.
    mobile: bool


class Browser:
    """One running browser. Use it as a context."""

    def __init__(self, program: str, profile: Path) -> None:
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        # Chromium reads commands from descriptor 3 and answers on 4, whatever ours are.
        words = 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"'
        command = ["sh", "-c", words, "sh", str(to_browser), str(from_browser), program, *_options(profile)]
        try:
            self._process = subprocess.Popen(
                command, pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
        finally:
            os.close(to_browser)
            os.close(from_browser)
        self._buffer = b""
        self._last_id = 0
        self._events: List[Dict[str, Any]] = []
        self._session: Optional[str] = None

    def __enter__(self) -> "Browser":
        try:
            target = self._ask("Target.createTarget", url="about:blank")["targetId"]
            self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            self._ask("Page.enable")
            self._ask("Network.enable")
        except BrowserError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._write)
        os.close(self._read)
        try:
            self._process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def picture(self, page: Path, view: View) -> bytes:
        """A PNG of a page in its whole height."""
        self._shape(view, SHORTEST_HEIGHT, view.scale)
        theme = {"name": "prefers-color-scheme", "value": view.theme}
        self._ask("Emulation.setEmulatedMedia", media="screen", features=[theme])
        self._load(page)
        if self._value("matchMedia('(prefers-color-scheme: dark)').matches") != (view.theme == "dark"):
            raise BrowserError(f"the page is not told that the screen is {view.theme}")
        wide = self._value("document.documentElement.scrollWidth")
        if wide > view.width:
            raise BrowserError(f"{page}: {wide} pixels wide on a screen of {view.width}")
        height = self._value("document.documentElement.scrollHeight")
        scale = min(view.scale if height <= LONG * view.width else 1, LONGEST_PIXELS / height)
        self._shape(view, height, scale)
        # Loaded again: letters that were drawn for the other size keep their places by chance.
        self._load(page)
        return base64.b64decode(self._ask("Page.captureScreenshot", format="png")["data"])

    def _shape(self, view: View, height: int, scale: float) -> None:
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=view.width, height=height, deviceScaleFactor=scale, mobile=view.mobile,
        )

    def _load(self, page: Path) -> None:
        self._events.clear()
        answer = self._ask("Page.navigate", url=page.resolve().as_uri())
        if answer.get("errorText"):
            raise BrowserError(f"{page}: {answer['errorText']}")
        self._wait(lambda: any(event["method"] == "Page.loadEventFired" for event in self._events))
        asked = [event["params"]["request"]["url"] for event in self._events
                 if event["method"] == "Network.requestWillBeSent"]
        outside = [url for url in asked if not url.startswith(page.resolve().parent.as_uri() + "/")]
        if outside:
            raise BrowserError(f"{page} asks for {', '.join(outside)}")
        # Pictures are decoded when they are first drawn; a promise waits for that.
        broken = self._value("Promise.all([...document.images].map(one => one.decode().then(() => '', () => one.src)))"
                             ".then(sources => sources.filter(one => one).join(', '))")
        if broken:
            raise BrowserError(f"{page} shows no picture of {broken}")

    def _value(self, expression: str) -> Any:
        answer = self._ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise BrowserError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"]["value"]

    def _ask(self, method: str, **params: Any) -> Dict[str, Any]:
        self._last_id += 1
        number = self._last_id
        message: Dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        try:
            with os.fdopen(os.dup(self._write), "wb") as pipe:
                pipe.write(json.dumps(message).encode() + b"\0")
        except BrokenPipeError:
            raise BrowserError("the browser does not start or has ended") from None
        self._answer: Optional[Dict[str, Any]] = None
        self._wait(lambda: self._answer is not None and self._answer["id"] == number)
        assert self._answer is not None
        if "error" in self._answer:
            raise BrowserError(f"{method}: {self._answer['error']['message']}")
        result: Dict[str, Any] = self._answer["result"]
        return result

    def _wait(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + DEADLINE_S
        while not done():
            ready, _, _ = select.select([self._read], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise BrowserError(f"the browser has not answered in {DEADLINE_S:.0f} seconds")
            read = os.read(self._read, 1 << 20)
            if not read:
                raise BrowserError("the browser does not start or has ended")
            *messages, self._buffer = (self._buffer + read).split(b"\0")
            for message in map(json.loads, messages):
                if "id" in message:
                    self._answer = message
                else:
                    self._events.append(message)


def _options(profile: Path) -> List[str]:
    options = [
        "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={profile}", "--no-first-run",
        "--hide-scrollbars", "--disable-gpu", "--disable-extensions", "--disable-background-networking",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--force-color-profile=srgb", "--disable-lcd-text",
        "--font-render-hinting=none",
    ]
    # Chromium refuses to run as root with its sandbox; what it shows here is the project's own.
    return options + (["--no-sandbox"] if os.geteuid() == 0 else [])
