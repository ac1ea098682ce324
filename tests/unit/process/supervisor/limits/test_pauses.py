"""Which queues are paused, and who hears of it."""

from __future__ import annotations

from captured_logs import capture_logs
from punctuald.process.channel.frames import Down, Pause, Resume
from punctuald.process.supervisor.limits.pauses import Pauses


def test_every_worker_hears_of_a_change_and_it_has_a_line() -> None:
    sent: list[Down] = []
    pauses = Pauses(sent.append)
    with capture_logs() as log:
        assert [pauses.pause("orders"), pauses.pause("orders"), pauses.resume("orders"), pauses.resume("orders")] == [
            True, False, True, False,
        ]  # fmt: skip
    assert sent == [Pause("orders"), Resume("orders")]
    assert [(line["event"], line["queue"]) for line in log] == [("queue.paused", "orders"), ("queue.resumed", "orders")]


def test_a_worker_that_comes_later_hears_of_all_pauses() -> None:
    pauses, sent = Pauses(lambda _: None), list[Down]()
    for queue in ("b", "a"):
        pauses.pause(queue)
    pauses.worker_started(sent.append)
    assert sent == [Pause("a"), Pause("b")]


def test_a_queue_that_left_the_configuration_is_not_paused_when_it_comes_back() -> None:
    pauses = Pauses(lambda _: None)
    pauses.pause("a")
    pauses.pause("b")
    pauses.keep(["a", "c"])
    pauses.keep(["a", "b", "c"])
    assert pauses.paused == {"a"}
