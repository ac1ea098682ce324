"""The screens that the documentation shows, made by a real daemon at work: `make screens` writes them there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from process.daemon_under_test import DaemonUnderTest
from process.event_loops import UVLOOP, environment
from process.given import config_text, queue_text
from process.terminal import screens
from process.terminal.tmux import Tmux
from process.terminal.watched_daemon import WatchedDaemon
from punctuald.demo.queues import create_queue

SECONDS = """
def handle(message: Message) -> None:
    time.sleep(float(message.body.split()[0]))
"""
TIERS = [
    {"name": "interactive", "threshold_seconds": 2},
    {"name": "batch", "threshold_seconds": 60},
]

LATENCIES = r"( +[\d.]+ m?s!?){3}"
TELLING = (
    r" running  up [1-9]\d\.",
    *(rf"^interactive +2\.00 s{LATENCIES}", rf"^batch +1m 00s{LATENCIES}"),
    *(r" invoices [0-9a-f]{8}", r"^  reports: ", r"^> orders .+ [1-9][\d.]+ +[1-9][\d.]+ +0 *$"),
)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where they are written."""
    return screens.DOCS if os.environ.get("WRITE_SCREENS") else tmp_path / "screens"


@pytest.fixture
def shop(moto_endpoint: str) -> Iterator[WatchedDaemon]:
    """Three queues: one that is drained on time, one of long work, and one that is not there."""
    with TemporaryDirectory(prefix="shop-") as home, TemporaryDirectory(prefix="run-") as runtime:
        daemon = DaemonUnderTest(Path(home), moto_endpoint, environment(UVLOOP))
        daemon.write_handler(SECONDS)
        urls = [create_queue(moto_endpoint, name) for name in ("orders", "invoices")]
        own = {"endpoint_url": moto_endpoint}
        sections: Mapping[str, Mapping[str, Any]] = {
            "pool": {"min_workers": 2, "max_workers": 4, "slots": 4},
            "sla": {"tier": TIERS},
            "queue": {"name": "orders", "tier": "interactive", **own},
        }
        others = [queue_text({"name": name, "tier": "batch", **own}) for name in ("invoices", "reports")]
        daemon.write_config("\n".join([config_text(sections), "", *others]))
        watched = WatchedDaemon(daemon, Path(runtime))
        try:
            yield watched
        finally:
            daemon.kill()
            for url in urls:
                daemon.client.delete_queue(QueueUrl=url)


class Customers:
    """Send orders, which take little, and invoices, which take longer; two of these longer than anybody looks."""

    def __init__(self, shop: WatchedDaemon) -> None:
        self._shop = shop
        urls = [shop.daemon.client.get_queue_url(QueueName=name)["QueueUrl"] for name in ("orders", "invoices")]
        self._orders, self._invoices = urls
        shop.daemon.send("40 invoice a", "40 invoice b", url=self._invoices)
        self._sent = 0

    def send_until_it_is_telling(self, screen: str) -> bool:
        """Called at each look at the screen: messages of both tiers are done, some run, and the queue that is not there
        is known not to be."""
        self._sent += 1
        orders = [{"Id": str(number), "MessageBody": f"0.1 order {self._sent}"} for number in range(8)]
        self._shop.daemon.client.send_message_batch(QueueUrl=self._orders, Entries=orders)
        if self._sent % 3 == 0:
            self._shop.daemon.send(f"0.4 invoice {self._sent}", url=self._invoices)
        return all(re.search(pattern, screen, re.MULTILINE) for pattern in TELLING)


def test_screens_of_top_and_status_are_those_that_a_person_sees(shop: WatchedDaemon, directory: Path) -> None:
    shop.start()
    customers = Customers(shop)
    with shop.top() as small, shop.top(120, 40) as large:
        small.wait_until(customers.send_until_it_is_telling, "a screen that has something to tell")
        screens.write(small, "punctuald top, 80 x 24", "top-80x24", directory)
        screens.write(large, "punctuald top, 120 x 40", "top-120x40", directory)
        small.press("?")
        small.wait_for("KEYS")
        screens.write(small, "punctuald top: help", "top-help", directory)
        with Tmux(shop.command("status"), dict(os.environ), 100, 40) as status:
            assert status.wait_end() == 0
            status.wait_for("DECIDED")
            screens.write(status, "punctuald status", "status", directory)
    for name in ("top-80x24", "top-120x40", "top-help", "status"):
        assert screens.text_of(directory / f"{name}.svg") == "".join((directory / f"{name}.txt").read_text().split())
    assert "reports: " in (directory / "status.txt").read_text()
