"""A group's messages are handled in order, and one that fails takes none of the others with it."""

from __future__ import annotations

import signal

from process.daemon_under_test import DaemonUnderTest

FAILS_WHERE_SAID = """
def handle(message: Message) -> None:
    note(f"try-{message.tries}", message)
    if message.body.startswith("bad") or (message.body.startswith("shy") and message.tries < 3):
        raise ValueError("not today")
    note("done", message)
"""


def test_a_head_that_fails_is_tried_in_place_and_dead_lettered_and_the_group_goes_on_in_order(
    ordered_daemon: DaemonUnderTest,
) -> None:
    daemon = ordered_daemon
    bad, *others = daemon.send_to_group("a", "bad", *map(str, range(9)))
    daemon.start(FAILS_WHERE_SAID)
    daemon.wait_done(others)
    body, reason = daemon.dead_letter()
    assert body == "bad"
    assert reason.startswith("failed at its last try, number 3: ValueError")
    assert [done for done, _ in daemon.notes("done")] == [str(number) for number in range(9)]
    assert [len(daemon.notes(f"try-{number}")) for number in (1, 2, 3, 4)] == [10, 1, 1, 0]
    assert [event["in_place"] for event in daemon.events("message.retried", message_id=bad)] == [True, True]
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    counts = daemon.wait_for("stats.final")["queues"][daemon.queue]
    assert (counts["received"], counts["done"], counts["failed"], counts["rejected"]) == (10, 9, 3, 1)


def test_a_group_whose_head_fails_holds_up_no_other_group(ordered_daemon: DaemonUnderTest) -> None:
    daemon = ordered_daemon
    daemon.start(FAILS_WHERE_SAID, queue={"retry_initial_seconds": 2})
    [shy, behind], others = daemon.send_to_group("a", "shy", "behind"), daemon.send_to_group("b", *map(str, range(5)))
    daemon.wait_done(others)
    assert daemon.events("message.done", message_id=shy) == daemon.events("message.done", message_id=behind) == []
    daemon.wait_done([shy, behind])
    bodies = [done for done, _ in daemon.notes("done")]
    assert bodies.index("shy") < bodies.index("behind")
    assert daemon.events("message.rejected") == []
