"""What proxies before AWS's services have in common: a call is taken, passed on, and answered with a date of theirs."""

from __future__ import annotations

import http.client
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler

NOT_PASSED_ON = frozenset({"date", "server", "connection", "content-length", "transfer-encoding"})
TIMEOUT_SECONDS = 30

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and content."""


def pass_on(to: str, headers: dict[str, str], body: bytes) -> Answer:
    """What the server at ``to`` answers."""
    connection = http.client.HTTPConnection(to, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", "/", body, {**headers, "connection": "close"})
        answer = connection.getresponse()
        kept = {name.lower(): value for name, value in answer.getheaders() if name.lower() not in NOT_PASSED_ON}
        return answer.status, kept, answer.read()
    finally:
        connection.close()


class ProxyHandler(BaseHTTPRequestHandler):
    """One connection of a proxy's."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, headers: dict[str, str], body: bytes) -> Answer:
        """To a call with these headers, in lower case."""
        raise NotImplementedError

    def now_utc(self) -> float:
        """By the proxy's clock."""
        raise NotImplementedError

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        sent = {name.lower(): value for name, value in self.headers.items()}
        status, headers, content = self.answer(sent, body)
        self.send_response_only(status)
        for name, value in {**headers, "date": formatdate(self.now_utc(), usegmt=True)}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """The proxy itself remembers what goes by."""
