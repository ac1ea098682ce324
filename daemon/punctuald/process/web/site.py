"""The page and what it loads: a few files that never change while the observer lives, and the stream of news."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from importlib.resources import files
from ipaddress import ip_address

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.policy.log_lines.rate import REMINDER_SECONDS, LogRate
from punctuald.process.http.target import read_target
from punctuald.view.charts.style import STYLE

from .events import Events

log = logger()

_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
INDEX = "index.html"


def build_site(events: Events, clock: Clock) -> ASGIApp:
    """To be served by any ASGI server; it takes nothing but GET and HEAD."""
    routes = [_file("/" if name == INDEX else f"/{name}", name, body) for name, body in _static_files().items()]
    return Starlette(
        routes=[*routes, _stream(events)],
        middleware=[Middleware(KnownHostOnly)],
        exception_handlers={Exception: _Failures(clock).answer},
    )


class KnownHostOnly:
    """Answers only those who asked for an address, or for ``localhost``.

    A page of somebody else's could have its own name lead here (DNS rebinding), and read ours from a visitor's browser.
    A proxy before it sends the address, as nginx does unless it is configured otherwise.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See https://asgi.readthedocs.io."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host, path = read_target(scope["path"])  # a host in the target is the one that counts (RFC 9112, 3.2.2)
        if _is_known(host or dict(scope["headers"]).get(b"host", b"").decode("latin-1")):
            await self._app({**scope, "path": path}, receive, send)
        else:
            text = "ask for it by its IP address or as localhost: other names could be somebody else's\n"
            await PlainTextResponse(text, HTTPStatus.MISDIRECTED_REQUEST)(scope, receive, send)


def _is_known(host: str) -> bool:
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    try:
        return name == "localhost" or bool(ip_address(name))
    except ValueError:
        return False


def _static_files() -> Mapping[str, bytes]:
    static = files("punctuald.view.web") / "static"
    own = {each.name: each.read_bytes() for each in static.iterdir() if _suffix(each.name) in _TYPES}
    return {**own, "charts.css": STYLE.encode()}


def _suffix(name: str) -> str:
    return name[name.rfind(".") :]


# Endpoints are coroutines even where they wait for nothing: starlette would run functions in threads.


def _file(path: str, name: str, body: bytes) -> Route:
    content_type = _TYPES[_suffix(name)]

    async def answer(_request: Request) -> Response:
        return Response(body, media_type=content_type, headers=_HEADERS)

    return Route(path, answer, methods=["GET"])


def _stream(events: Events) -> Route:
    async def answer(_request: Request) -> Response:
        return StreamingResponse(events.stream(), media_type="text/event-stream", headers=_HEADERS)

    return Route("/events", answer, methods=["GET"])


class _Failures:
    """Defects of ours. Browsers ask again each second or two, so there is a line now and then only."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rate = LogRate(1, REMINDER_SECONDS)

    async def answer(self, request: Request, error: Exception) -> Response:
        suppressed = self._rate.suppressed(self._clock.mono())
        if suppressed is not None:
            log.error("web.page_failed", path=request.url.path, suppressed=suppressed, exc_info=error)
        text = "this page could not be made: see the daemon's log\n"
        return PlainTextResponse(text, HTTPStatus.INTERNAL_SERVER_ERROR)
