"""Who only stood by when a worker died is not judged by it: the guilty message alone is dead-lettered."""

from __future__ import annotations

import pytest

from process.daemon_under_test import DaemonUnderTest

SEGFAULTS = """
import threading

def handle(message: Message) -> None:
    note("begun", message)
    if message.body == "poison":
        time.sleep(0.25)  # so that all others are begun
        signal.pthread_kill(threading.get_ident(), signal.SIGSEGV)
    time.sleep(0.5)
    note("handled", message)
"""
IN_A_BATCH = """
def handle(messages: list[Message]) -> None:
    for message in messages:
        note("begun", message)
    while any(message.body == "poison" for message in messages):
        time.sleep(0.1)
        END
    for message in messages:
        note("handled", message)
"""


def wait_handled(daemon: DaemonUnderTest, bodies: list[str]) -> None:
    """By the handler's own notes: a worker that is killed just after a deletion does not log it any more."""
    daemon.wait_until(lambda: {body for body, _ in daemon.notes("handled")} == set(bodies), "the innocent")


def test_of_eight_messages_the_one_that_kills_its_worker_is_dead_lettered_and_the_others_are_done(
    strict_daemon: DaemonUnderTest,
) -> None:
    daemon = strict_daemon
    daemon.write_handler(SEGFAULTS)
    daemon.configure(pool={"slots": 8, "poison_deaths": 2}, queue={"visibility_seconds": 2})
    innocents = [f"innocent-{number}" for number in range(7)]
    ids = dict(zip(bodies := [*innocents[:3], "poison", *innocents[3:]], daemon.send(*bodies), strict=True))
    daemon.launch()
    assert daemon.dead_letter() == ("poison", "2 workers died while they ran it")
    daemon.wait_for("message.rejected")
    wait_handled(daemon, innocents)
    assert [event["message_id"] for event in daemon.events("message.rejected")] == [ids["poison"]]
    first, *later = [event["held_messages"] for event in daemon.events("process.exited", asked=False)]
    assert set(first) > {ids["poison"]}, "some stood by at the first death: else this test shows nothing"
    assert all(held == [ids["poison"]] for held in later)


@pytest.mark.parametrize("end", ["os.abort()", "pass"], ids=["dies", "is stuck"])
def test_of_a_batch_that_dies_or_is_stuck_the_guilty_message_is_dead_lettered_and_not_the_first(
    daemon: DaemonUnderTest, end: str
) -> None:
    daemon.write_handler(IN_A_BATCH.replace("END", end))
    settings = {"batch_size": 4, "visibility_seconds": 2, "time_limit_seconds": 0.5}
    daemon.configure(pool={"slots": 1, "poison_deaths": 1}, queue=settings)
    first, _, poison, last = daemon.send("first", "second", "poison", "last")
    daemon.launch()
    assert daemon.dead_letter()[0] == "poison"
    daemon.wait_for("message.rejected")
    wait_handled(daemon, ["first", "second", "last"])
    assert [event["message_id"] for event in daemon.events("message.rejected")] == [poison]
    daemon.wait_for("message.cleared", message_id=last)
    assert first in {event["message_id"] for event in daemon.events("message.cleared")}
