"""A limit on the rate of one queue, with a real pool: 1 worker, 8, one of them killed, and 1 again."""

from __future__ import annotations

import os
import signal
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from process.daemon_under_test import CLOCK, DaemonUnderTest

HANDLER = """
def handle(message: Message) -> None:
    say("begun", str(time.monotonic()))
    time.sleep(0.3)
"""
RATE = 20


@contextmanager
def traffic(daemon: DaemonUnderTest) -> Iterator[None]:
    """25 messages a second, more than the limit lets through. All at once would be too many for the embedded server,
    which goes through all that it has at each receive."""
    ended = threading.Event()

    def send() -> None:
        while not ended.wait(0.4):
            entries = [{"Id": str(number), "MessageBody": "{}"} for number in range(10)]
            daemon.client.send_message_batch(QueueUrl=daemon.url, Entries=entries)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        ended.set()
        sender.join()


def most_in_a_second(monos: Sequence[float]) -> int:
    monos = sorted(monos)
    return max(bisect_left(monos, mono + 1.0) - place for place, mono in enumerate(monos))


def reload_with(daemon: DaemonUnderTest, workers: int) -> None:
    reloads = len(daemon.events("reload.completed"))
    daemon.configure(**settings(workers))
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reload.completed", count=reloads + 1)


def settings(workers: int) -> dict[str, dict[str, object]]:
    return {
        "pool": {"min_workers": workers, "max_workers": 8, "slots": 8, "preload": True},
        "scaling": {"hold_seconds": 0},
        "queue": {"rate_limit": RATE, "ack_linger_seconds": 0.5},
    }


def passes(seconds: float, since_mono: float) -> None:
    """Real time: what is measured is a rate."""
    time.sleep(max(0.0, since_mono + seconds - CLOCK.mono()))


def test_a_rate_is_kept_to_in_any_second_and_used_whatever_becomes_of_the_workers(daemon: DaemonUnderTest) -> None:
    daemon.start(HANDLER, **settings(1))
    with traffic(daemon):
        daemon.wait_for("limit.started")
        begun_mono = CLOCK.mono()
        passes(6.0, begun_mono)
        reload_with(daemon, 8)
        passes(13.0, begun_mono)
        os.kill(daemon.workers()[0], signal.SIGKILL)
        passes(19.0, begun_mono)
        reload_with(daemon, 1)
        passes(27.0, begun_mono)
    granted = [event["mono"] for event in daemon.events("limit.started")]
    begun = [float(mono) for mono, _ in daemon.notes("begun")]
    measured = [mono for mono in granted if mono > begun_mono + 2.0]  # the sender began with the daemon
    assert most_in_a_second(granted) <= 1.1 * RATE
    assert most_in_a_second(begun) <= 1.3 * RATE
    assert len(measured) / (measured[-1] - measured[0]) >= 0.95 * RATE
    assert len(daemon.events("process.ready", role="worker")) >= 10
