"""SIGTERM finishes what runs, a second one gives it back, SIGQUIT waits for nothing."""

from __future__ import annotations

import signal

import pytest

from process.daemon_under_test import CLOCK, DaemonUnderTest, survivors
from process.event_loops import on_both_loops
from process.given import DONE_AT_ONCE, HELD
from punctuald.config import QueueSettings


@on_both_loops
def test_sigterm_lets_a_running_handler_finish(daemon: DaemonUnderTest) -> None:
    daemon.start(HELD)
    [message_id] = daemon.send("parcel")
    daemon.wait_noted("begun")
    daemon.signal(signal.SIGTERM)
    daemon.wait_for("process.signalled", signal="SIGTERM")
    assert daemon.notes("ended") == []
    daemon.let_go()
    assert daemon.wait_exit() == 0
    assert [body for body, _ in daemon.notes("ended")] == ["parcel"]
    drained = daemon.wait_for("worker.drained")
    assert (drained["acknowledged"], drained["released"], drained["left_to_expire"]) == (1, 0, 0)
    daemon.wait_done([message_id])
    assert daemon.wait_for("stats.final")["queues"][daemon.queue]["done"] == 1
    daemon.wait_for("daemon.stopped", status=0)


@on_both_loops
@pytest.mark.parametrize(
    "signals", [[signal.SIGTERM, signal.SIGTERM], [signal.SIGINT]], ids=["second SIGTERM", "SIGINT"]
)
def test_what_runs_is_given_back_for_others_at_once(daemon: DaemonUnderTest, signals: list[signal.Signals]) -> None:
    # One slot and no look-ahead: no long poll is under way that could be given the message right back.
    daemon.start(HELD, pool={"slots": 1}, queue={"visibility_seconds": 3600, "lookahead_seconds": 0})
    [message_id] = daemon.send("parcel")
    daemon.wait_noted("begun")
    worker = daemon.notes("begun")[0][1]
    for count, number in enumerate(signals, start=1):
        daemon.signal_until_passed_on(number, worker, count)
    assert daemon.wait_exit() == 0
    assert daemon.wait_for("worker.drained")["fates"] == {message_id: "released"}
    assert daemon.receive() == [message_id]
    assert daemon.notes("ended") == []


def test_sigquit_ends_everything_at_once(daemon: DaemonUnderTest) -> None:
    daemon.start(HELD)
    daemon.send("parcel")
    daemon.wait_noted("begun")
    tree = daemon.tree()
    daemon.signal(signal.SIGQUIT)
    assert daemon.wait_exit() == 0
    assert survivors(tree[1:]) == []
    assert daemon.events("worker.drained") == []
    daemon.wait_for("daemon.stopping", how="kill")


def test_two_sigterms_within_a_moment_are_one_stop(daemon: DaemonUnderTest) -> None:
    daemon.start(HELD)
    [message_id] = daemon.send("parcel")
    daemon.wait_noted("begun")
    daemon.signal(signal.SIGTERM)
    daemon.signal(signal.SIGTERM)
    daemon.signal(signal.SIGINT)
    assert daemon.wait_for("stop.repeated")["counts"] is False
    daemon.let_go()
    assert daemon.wait_exit() == 0
    daemon.wait_done([message_id])
    assert daemon.events("process.signalled", signal="SIGINT") == []


IDLE_STOP_SECONDS = 8.0
"""For 4 s of a long poll and what else a stop takes, on a busy machine too."""


def test_a_stop_on_an_idle_queue_waits_for_one_poll_of_the_default_length(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE, queue={"wait_seconds": QueueSettings.model_fields["wait_seconds"].default})
    daemon.wait_until_polls_are_long()
    begun_mono = CLOCK.mono()
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    assert CLOCK.mono() - begun_mono < IDLE_STOP_SECONDS
    assert daemon.wait_for("worker.drained")["abandoned_polls"] is False
