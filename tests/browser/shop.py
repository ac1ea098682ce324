"""A daemon at work whose page is looked at: orders are quick, invoices take longer, and some are broken."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

import orjson

from browser.tab import Tab
from process.daemon_under_test import DaemonUnderTest
from process.given import config_text, queue_text
from punctuald.demo.queues import create_queue

HANDLER = """
def handle(message: Message) -> None:
    word, seconds = message.body.split()
    time.sleep(float(seconds))
    if word == "broken":
        raise Reject("no such customer")

async def later(message: Message) -> None:
    pass
"""
TIERS = [{"name": "interactive", "threshold_seconds": 0.5}, {"name": "batch", "threshold_seconds": 60}]
SENT_EACH_SECONDS = 0.2


def free_ports(count: int) -> list[int]:
    """As many that nobody listens at now."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Shop:
    """Its page at ``url``, and its status document over HTTP."""

    def __init__(self, daemon: DaemonUnderTest, endpoint_url: str) -> None:
        self.daemon = daemon
        self.web_port, self.http_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.web_port}/"
        self._endpoint_url = endpoint_url
        self._invoices = f"invoices-{daemon.queue}"
        self._invoices_url = create_queue(endpoint_url, self._invoices, fifo=False, dead_letter=5)

    @property
    def listening(self) -> Mapping[str, Mapping[str, str]]:
        """The sections of the configuration that say where it is to be seen."""
        ports = {"web": self.web_port, "http": self.http_port}
        return {section: {"listen": f"127.0.0.1:{port}"} for section, port in ports.items()}

    def start(self, **sections: Mapping[str, Any]) -> None:
        """Until it is ready and can be looked at."""
        self.launch(**sections)
        self.daemon.wait_for("daemon.ready")
        self.daemon.wait_for("http.listening", port=self.web_port)
        self.daemon.wait_for("http.listening", port=self.http_port)

    def start_silent(self, level: str) -> None:
        """The same where its log does not say when it is ready."""
        self.launch(logging={"level": level})
        self.daemon.wait_until(self._is_seen, "a page")

    def launch(self, **sections: Mapping[str, Any]) -> None:
        """With these sections of the configuration, instead of its own."""
        own = {"endpoint_url": self._endpoint_url}
        said: dict[str, Mapping[str, Any]] = {
            "pool": {"min_workers": 1, "max_workers": 3, "slots": 4},
            "sla": {"tier": TIERS},
            "logging": {"level": "info", "interval_seconds": 5},
            "queue": {"name": self.daemon.queue, "tier": "interactive", **own},
            **self.listening,
            **sections,
        }
        invoices = queue_text({"name": self._invoices, "tier": "batch", **own})
        self.daemon.write_handler(HANDLER)
        self.daemon.write_config(f"{config_text(said)}\n\n{invoices}")
        self.daemon.launch()

    @contextmanager
    def customers(self) -> Iterator[None]:
        """They send all the while: more each other ten seconds, and now and then what can't be handled."""
        closed = threading.Event()
        sending = threading.Thread(target=self._send_until, args=(closed,))
        sending.start()
        try:
            yield
        finally:
            closed.set()
            sending.join()

    def status(self) -> Mapping[str, Any]:
        """As it is served over HTTP."""
        return status_at(self.http_port)

    def show(self, tab: Tab) -> None:
        """The page, until it shows figures."""
        tab.load(self.url)
        tab.wait_for("document.body.dataset.snapshot")

    def _is_seen(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.web_port), timeout=5).close()
        except OSError:
            return False
        return True

    def _send_until(self, closed: threading.Event) -> None:
        number = 0
        while not closed.wait(SENT_EACH_SECONDS):
            number += 1
            many = 10 if number // 50 % 2 else 4
            self._send(self.daemon.url, [f"order 0.0{each}" for each in range(many)])
            self._send(self._invoices_url, ["invoice 0.3", "broken 0"] if number % 10 == 0 else ["invoice 0.2"])

    def _send(self, url: str, bodies: list[str]) -> None:
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        self.daemon.client.send_message_batch(QueueUrl=url, Entries=entries)


def status_at(port: int) -> Mapping[str, Any]:
    """The document at ``/status.json``."""
    client = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        client.request("GET", "/status.json")
        document: Mapping[str, Any] = orjson.loads(client.getresponse().read())
    finally:
        client.close()
    return document
