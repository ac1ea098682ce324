"""One page in the browser: what is on it, what it looks like, and what it complained of."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from browser.chromium import CLOCK, PATIENCE_SECONDS, Chromium, Message

LOOK_SECONDS = 0.05
COMPLAINTS = {"error", "warning", "assert"}


class Tab:
    """Opened at once; nothing is loaded yet."""

    def __init__(self, browser: Chromium, width: int = 1200, height: int = 900) -> None:
        self._browser = browser
        self._expected = ""
        self._target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.ask("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Log", "Page"):
            self.ask(f"{domain}.enable")
        self.resize(width, height)

    def ask(self, method: str, **parameters: Any) -> Message:
        """A command of the protocol, about this page."""
        return self._browser.ask(method, self._session, **parameters)

    def resize(self, width: int, height: int = 900, *, phone: bool = False) -> None:
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)

    def prefer(self, scheme: str) -> None:
        """``light`` or ``dark``."""
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def load(self, url: str) -> None:
        """Until all of the document is there."""
        failed = self.ask("Page.navigate", url=url).get("errorText")
        assert failed is None, f"{url}: {failed}"
        self.wait_for("document.readyState === 'complete' && document.body !== null")

    def value(self, script: str) -> Any:
        """Of an expression of JavaScript, awaited where it is a promise."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def each(self, selector: str, of: str = "textContent") -> list[Any]:
        """A property of every element that is found so, in their order on the page."""
        found = self.value(
            f"[...document.querySelectorAll({orjson.dumps(selector).decode()})].map((each) => each.{of})"
        )
        assert isinstance(found, list)
        return found

    def wait_for(self, script: str, seconds: float = PATIENCE_SECONDS) -> Any:
        """Until that is true, or something."""
        until_mono = CLOCK.mono() + seconds
        while not (found := self.value(script)):
            assert CLOCK.mono() < until_mono, f"waited in vain for {script}; the page says: {self.text()}"
            time.sleep(LOOK_SECONDS)
        return found

    def text(self) -> str:
        return str(self.value("document.body ? document.body.innerText : ''"))

    def press(self, key: str) -> None:
        """One of the named keys: Tab, ArrowLeft."""
        code = {"Tab": 9, "Enter": 13, "ArrowLeft": 37, "ArrowRight": 39}[key]
        text = {"text": "\r"} if key == "Enter" else {}  # without it nothing is activated
        for kind, typed in (("keyDown", text), ("keyUp", {})):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **typed)

    def point_at(self, x: float, y: float) -> None:
        self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def complaints(self) -> list[Mapping[str, Any]]:
        """Errors and warnings of its console so far, what no script caught, and what a policy forbade."""
        events = self._browser.events(self._session, _is_complaint)
        return [each["params"] for each in events if not (self._expected and self._expected in str(each))]

    def record_requests(self) -> None:
        """From now on, for `requested`."""
        self.ask("Network.enable")

    def requested(self) -> list[str]:
        """The addresses of all that the page asked for since `record_requests`, its own first."""
        sent = self._browser.events(self._session, lambda event: event.get("method") == "Network.requestWillBeSent")
        return [each["params"]["request"]["url"] for each in sent]

    def expect(self, text: str) -> None:
        """What has this text in it is what the test brings about, and no complaint of the page's."""
        self._expected = text

    def picture(self, path: Path) -> None:
        """Of the whole page, as PNG or WebP, whichever the path ends in."""
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.ask("Page.captureScreenshot", format=path.suffix[1:], captureBeyondViewport=True, clip=clip)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self) -> None:
        self._browser.ask("Target.closeTarget", targetId=self._target)


def _is_complaint(event: Message) -> bool:
    parameters = event.get("params", {})
    match event.get("method"):
        case "Runtime.exceptionThrown":
            return True
        case "Runtime.consoleAPICalled":
            return parameters["type"] in COMPLAINTS
        case "Log.entryAdded":
            return parameters["entry"]["level"] in COMPLAINTS
    return False
