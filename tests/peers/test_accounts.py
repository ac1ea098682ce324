"""What can be seen from outside is enough to charge a daemon that does it wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chaos.ledger.events import Run, RunEnd
from chaos.ledger.verdict import ChargeKind, Terms, Verdict, judge
from peers.accounts import Accounts, Event, history_of
from peers.queues import DeadLetter, Sent

WORKER = 7
NOTHING_WRONG: set[ChargeKind] = set()
FIRST, SECOND = Sent("a", "body of a", "g", 1.0), Sent("b", "body of b", "g", 1.1)
NO_DEAD_LETTERS: Sequence[DeadLetter] = ()


def ran(message_id: str, mono: float, receive_count: int = 1, end: RunEnd = RunEnd.OK) -> Run:
    return Run(message_id, WORKER, mono, mono + 0.1, end, receive_count)


def said(event: str, message_id: str, mono: float) -> Event:
    return {"event": event, "message_id": message_id, "timestamp": datetime.fromtimestamp(mono, UTC).isoformat()}


def verdict(
    sent: Sequence[Sent],
    runs: Sequence[Run],
    log: Sequence[Event],
    dead_letters: Sequence[DeadLetter] = NO_DEAD_LETTERS,
    *,
    left: int = 0,
    killed_mono: Mapping[int, float] | None = None,
) -> Verdict:
    accounts = Accounts("q", 3, sent, runs, log, dead_letters, left, 90.0, 0.0, killed_mono or {})
    return judge(history_of(accounts), Terms())


FAILED_THRICE = [ran("a", 2.0 + number, number, RunEnd.FAILED) for number in (1, 2, 3)]


def test_what_is_run_and_then_deleted_is_as_it_should_be() -> None:
    seen = verdict([FIRST], [ran("a", 2.0)], [said("message.done", "a", 2.2)])
    assert seen.kinds == NOTHING_WRONG
    assert (seen.handled, seen.left) == (1, 0)


def test_what_is_nowhere_and_no_handler_finished_is_lost() -> None:
    assert ChargeKind.LOST in verdict([FIRST], [], []).kinds
    assert ChargeKind.LOST in verdict([FIRST], [ran("a", 2.0, end=RunEnd.FAILED)], []).kinds


def test_what_is_deleted_before_its_handler_has_ended_is_deleted_unhandled() -> None:
    assert verdict([FIRST], [ran("a", 2.0)], [said("message.done", "a", 1.9)]).kinds == {ChargeKind.DELETED_UNHANDLED}


def test_what_is_still_in_the_queue_is_left_and_not_lost() -> None:
    assert verdict([FIRST], [], [], left=1).kinds == {ChargeKind.LEFT}


def test_what_the_server_dead_lettered_after_as_many_runs_as_receives_was_seen() -> None:
    assert verdict([FIRST], FAILED_THRICE, [], [DeadLetter("body of a", "")]).kinds == NOTHING_WRONG


@pytest.mark.parametrize("runs", [[], FAILED_THRICE[:2]])
def test_what_the_server_dead_lettered_with_fewer_runs_than_receives_was_not(runs: list[Run]) -> None:
    seen = verdict([FIRST], runs, [], [DeadLetter("body of a", "")])
    assert seen.kinds == {ChargeKind.DEAD_LETTERED_UNSEEN}


def test_a_killed_worker_excuses_one_receive_and_not_two() -> None:
    dead = [DeadLetter("body of a", "")]
    assert verdict([FIRST], FAILED_THRICE[:2], [], dead, killed_mono={8: 3.0}).kinds == NOTHING_WRONG
    seen = verdict([FIRST], FAILED_THRICE[:1], [], dead, killed_mono={8: 3.0})
    assert seen.kinds == {ChargeKind.DEAD_LETTERED_UNSEEN}


def test_what_the_daemon_dead_lettered_itself_after_a_run_was_seen() -> None:
    log, dead = [said("message.rejected", "a", 2.5)], [DeadLetter("body of a", "it said Reject")]
    assert verdict([FIRST], [ran("a", 2.0, end=RunEnd.FAILED)], log, dead).kinds == NOTHING_WRONG


def test_a_run_before_the_one_before_it_in_the_group_was_through_is_out_of_order() -> None:
    log = [said("message.done", "a", 3.2), said("message.done", "b", 2.8)]
    assert verdict([FIRST, SECOND], [ran("a", 3.0), ran("b", 2.5)], log).kinds == {ChargeKind.OUT_OF_ORDER}
    in_no_group = [replace(sent, group=None) for sent in (FIRST, SECOND)]
    assert verdict(in_no_group, [ran("a", 3.0), ran("b", 2.5)], log).kinds == NOTHING_WRONG


def test_the_next_of_a_group_may_run_in_another_worker_before_the_log_says_that_the_head_is_dead_lettered() -> None:
    runs = [ran("a", 2.0, end=RunEnd.FAILED), ran("b", 2.15)]
    log = [said("message.rejected", "a", 2.2), said("message.done", "b", 2.3)]
    assert verdict([FIRST, SECOND], runs, log, [DeadLetter("body of a", "it failed")]).kinds == NOTHING_WRONG
