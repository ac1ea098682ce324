"""What the chaos verdict says of messages that are made up."""

from __future__ import annotations

import pytest

from chaos.ledger.events import Kind, QueueEvent, Run, RunEnd
from chaos.ledger.poison import killed_by_poison
from chaos.ledger.repeats import Cause
from chaos.ledger.verdict import ChargeKind, Verdict
from doubles.chaos.handmade_history import OTHER_WORKER, WORKER, HandmadeHistory


def stands(verdict: Verdict) -> set[ChargeKind]:
    return set(verdict.kinds)


# --- lost, left, late, deleted unhandled


def test_a_message_that_is_handled_and_deleted_raises_no_charge() -> None:
    verdict = HandmadeHistory().sent("a").handled("a", 1.0).verdict()
    assert stands(verdict) == set()
    assert (verdict.sent, verdict.handled, verdict.left, verdict.dead_lettered) == (1, 1, 0, 0)


def test_a_message_deleted_without_any_run_is_lost_and_deleted_unhandled() -> None:
    verdict = HandmadeHistory().sent("a").received("a", 1.0).deleted("a", 2.0).verdict()
    assert stands(verdict) == {ChargeKind.LOST, ChargeKind.DELETED_UNHANDLED}


def test_a_message_deleted_after_a_failed_run_is_lost() -> None:
    failed = HandmadeHistory().sent("a").received("a", 1.0).ran("a", 1.1, 1.2, end=RunEnd.FAILED).deleted("a", 2.0)
    assert ChargeKind.LOST in stands(failed.verdict())


def test_where_all_have_to_be_handled_a_dead_letter_is_not_enough() -> None:
    failed = HandmadeHistory().sent("a").received("a", 1.0).ran("a", 1.1, 1.2, end=RunEnd.FAILED)
    dead = failed.copied("a", 2.0).deleted("a", 2.1)
    assert stands(dead.verdict()) == set()
    assert stands(dead.verdict(all_handled=True)) == {ChargeKind.NOT_HANDLED}


def test_a_message_deleted_before_its_handlers_end_is_deleted_unhandled_though_not_lost() -> None:
    verdict = HandmadeHistory().sent("a").received("a", 1.0).ran("a", 1.1, 3.0).deleted("a", 2.0).verdict()
    assert stands(verdict) == {ChargeKind.DELETED_UNHANDLED}


def test_a_run_whose_end_nobody_wrote_down_does_not_count_as_handled() -> None:
    verdict = HandmadeHistory().sent("a").received("a", 1.0).began("a", 1.1).deleted("a", 2.0).verdict()
    assert stands(verdict) == {ChargeKind.LOST, ChargeKind.DELETED_UNHANDLED}


@pytest.mark.parametrize(("must_drain", "charges"), [(True, {ChargeKind.LEFT}), (False, set())])
def test_what_is_still_in_the_queue_is_charged_only_where_all_had_to_be_done(
    must_drain: bool, charges: set[ChargeKind]
) -> None:
    verdict = HandmadeHistory().sent("a").verdict(must_drain=must_drain)
    assert stands(verdict) == charges
    assert verdict.left == 1


@pytest.mark.parametrize(("mono", "charges"), [(9.0, set()), (11.0, {ChargeKind.LATE})])
def test_a_message_handled_too_long_after_its_sending_is_late(mono: float, charges: set[ChargeKind]) -> None:
    assert stands(HandmadeHistory().sent("a").handled("a", mono).verdict()) == charges


def test_a_message_dead_lettered_for_its_workers_deaths_is_charged_unless_it_kills_them() -> None:
    reason = "3 workers died while they ran it"
    for body, charges in (("a", {ChargeKind.CHARGED_FOR_ANOTHER}), ('{"kills":true,"work_seconds":0.1}', set())):
        history = HandmadeHistory().sent(body).received(body, 1.0).began(body, 1.1).copied(body, 2.0, reason)
        assert stands(history.deleted(body, 2.1).verdict()) == charges


def test_what_poison_ran_in_was_killed_by_it() -> None:
    poison = QueueEvent(0.0, Kind.SENT, "orders", "p", body='{"kills":true,"work_seconds":0.5}')
    other = QueueEvent(0.0, Kind.SENT, "orders", "a", body='{"kills":false,"work_seconds":0.5}')
    assert killed_by_poison([poison, other], [Run("p", 7, 1.0), Run("a", 8, 1.0)]) == {7: 1.5}


# --- handled twice


def repeated(history: HandmadeHistory, pid: int = WORKER) -> Verdict:
    """The story goes on with a second receive, a second run and a deletion."""
    return history.handled("a", 6.0, pid).verdict()


def once() -> HandmadeHistory:
    return HandmadeHistory().sent("a").received("a", 1.0).ran("a", 1.1, 1.2)


@pytest.mark.parametrize(
    ("history", "cause"),
    [
        (once().killed(WORKER, 1.3).expired("a", 5.0), Cause.KILLED),
        (once().faulted("a", 3.0, "DeleteMessageBatch", "reset_before").expired("a", 5.0), Cause.LOST_DELETE),
        (once().faulted("a", 3.0, "DeleteMessageBatch", "failed_entries").expired("a", 5.0), Cause.LOST_DELETE),
        (once().faulted("a", 1.4, "DeleteMessageBatch", "drop").expired("a", 5.0), Cause.LOST_DELETE),
        (once().faulted("a", 2.5, "ChangeMessageVisibilityBatch", "throttle").expired("a", 5.0), Cause.LOST_RENEWAL),
        (once().faulted("a", 1.4, "DeleteMessageBatch", "expired_handles").expired("a", 1.4), Cause.HANDLE_EXPIRED),
    ],
)
def test_a_repetition_that_no_daemon_can_avoid_is_counted_and_not_charged(
    history: HandmadeHistory, cause: Cause
) -> None:
    verdict = repeated(history, OTHER_WORKER)
    assert verdict.repeats == {cause: 1}
    assert stands(verdict) == set()


@pytest.mark.parametrize(
    ("history", "cause"),
    [
        (once().expired("a", 5.0), Cause.LEASE_EXPIRED),
        (once().released("a", 1.3), Cause.GIVEN_BACK),
        (once(), Cause.UNKNOWN),
        (once().faulted("a", 1.4, "DeleteMessageBatch", "throttle").expired("a", 5.0), Cause.NOT_TRIED_AGAIN),
        (once().received("a", 1.15, doubled=True).expired("a", 5.0), Cause.LEASE_EXPIRED),
        (once().killed(OTHER_WORKER, 1.3).expired("a", 5.0), Cause.LEASE_EXPIRED),
        (once().faulted("a", 1.4, "DeleteMessageBatch", "delay").expired("a", 5.0), Cause.LEASE_EXPIRED),
    ],
)
def test_a_repetition_without_need_is_charged(history: HandmadeHistory, cause: Cause) -> None:
    verdict = repeated(history)
    assert verdict.repeats == {cause: 1}
    assert [(charge.kind, charge.text) for charge in verdict.charges] == [(ChargeKind.HANDLED_TWICE, cause)]


def test_a_second_delivery_by_the_server_excuses_a_second_run() -> None:
    history = once().received("a", 1.15, OTHER_WORKER, doubled=True).ran("a", 1.3, 1.4, OTHER_WORKER)
    verdict = history.deleted("a", 1.5).verdict()
    assert verdict.repeats == {Cause.DOUBLE_DELIVERY: 1}
    assert stands(verdict) == set()


def test_a_second_delivery_whose_answer_was_lost_excuses_a_second_run_after_its_end() -> None:
    history = once().received("a", 1.15, OTHER_WORKER, doubled=True)
    history.faulted("a", 1.16, "ReceiveMessage", "reset_after", OTHER_WORKER).expired("a", 6.15)
    verdict = repeated(history)
    assert verdict.repeats == {Cause.DOUBLE_DELIVERY: 1}
    assert stands(verdict) == set()


def test_it_excuses_it_too_where_the_second_run_ended_first() -> None:
    history = HandmadeHistory().sent("a").received("a", 1.0).ran("a", 1.1, 2.0)
    history.received("a", 1.2, OTHER_WORKER, doubled=True).ran("a", 1.3, 1.4, OTHER_WORKER).deleted("a", 2.5)
    assert history.verdict().repeats == {Cause.DOUBLE_DELIVERY: 1}


def test_two_good_runs_of_one_receive_are_charged() -> None:
    verdict = once().ran("a", 1.3, 1.4).deleted("a", 1.5).verdict()
    assert verdict.repeats == {Cause.RUN_TWICE: 1}
    assert stands(verdict) == {ChargeKind.HANDLED_TWICE}


def test_a_failed_run_that_is_repeated_in_place_is_no_repetition() -> None:
    history = HandmadeHistory().sent("a").received("a", 1.0).ran("a", 1.1, 1.2, end=RunEnd.FAILED)
    verdict = history.ran("a", 2.0, 2.1).deleted("a", 2.2).verdict()
    assert verdict.repeats == {}
    assert stands(verdict) == set()


def test_a_kill_after_the_deletion_excuses_nothing() -> None:
    history = once().deleted("a", 1.3).killed(WORKER, 2.0)
    assert repeated(history).repeats == {Cause.UNKNOWN: 1}


# --- dead letters


def test_a_message_whose_tries_all_failed_belongs_in_the_dead_letter_queue() -> None:
    history = HandmadeHistory().sent("a").received("a", 1.0).ran("a", 1.1, 1.2, end=RunEnd.FAILED)
    history.received("a", 3.0).ran("a", 3.1, 3.2, end=RunEnd.FAILED).redriven("a", 5.0)
    verdict = history.verdict()
    assert stands(verdict) == set()
    assert verdict.dead_lettered == 1


def test_a_message_that_no_handler_saw_is_dead_lettered_unseen() -> None:
    verdict = HandmadeHistory().sent("a").received("a", 1.0).released("a", 1.5).redriven("a", 2.0).verdict()
    assert [charge.text for charge in verdict.charges] == ["no handler ever saw it: 1 of 1 receives led to none"]


def test_one_receive_without_a_run_is_a_try_that_nobody_made() -> None:
    history = HandmadeHistory().sent("a").received("a", 1.0).ran("a", 1.1, 1.2, end=RunEnd.FAILED)
    verdict = history.received("a", 3.0).released("a", 3.1).redriven("a", 4.0).verdict()
    assert [charge.text for charge in verdict.charges] == [
        "not all of its tries were runs: 1 of 2 receives led to none"
    ]


@pytest.mark.parametrize(
    "excuse",
    [
        lambda history: history.killed(WORKER, 1.5),
        lambda history: history.faulted("a", 1.001, "ReceiveMessage", "reset_after"),
        lambda history: history.faulted("a", 1.001, "ReceiveMessage", "truncate"),
        lambda history: history.faulted("a", 1.5, "ChangeMessageVisibilityBatch", "expired_handles"),
    ],
    ids=["its worker was killed", "its answer was reset", "its answer was cut", "its timeout was cut short"],
)
def test_a_receive_that_the_daemon_could_not_know_of_is_excused(excuse: object) -> None:
    history = HandmadeHistory().sent("a").received("a", 1.0)
    assert callable(excuse)
    assert stands(excuse(history).redriven("a", 5.0).verdict()) == set()


def test_a_poll_that_the_daemon_abandoned_is_no_excuse() -> None:
    history = HandmadeHistory().sent("a").received("a", 1.0).abandoned("a", 1.0).expired("a", 4.0).redriven("a", 5.0)
    assert stands(history.verdict()) == {ChargeKind.DEAD_LETTERED_UNSEEN}


def test_a_copy_with_its_reason_accounts_for_a_rejected_message() -> None:
    history = HandmadeHistory().sent("a").received("a", 1.0).ran("a", 1.1, 1.2, end=RunEnd.FAILED)
    assert stands(history.copied("a", 1.3).deleted("a", 1.4).verdict()) == set()


def test_a_copy_without_a_reason_is_charged() -> None:
    history = HandmadeHistory().sent("a").received("a", 1.0).ran("a", 1.1, 1.2, end=RunEnd.FAILED)
    verdict = history.copied("a", 1.3, reason="").deleted("a", 1.4).verdict()
    assert [charge.text for charge in verdict.charges] == ["copied there without a reason"]


def test_a_message_deleted_before_its_copy_arrived_is_deleted_unhandled() -> None:
    history = HandmadeHistory().sent("a").received("a", 1.0).ran("a", 1.1, 1.2, end=RunEnd.FAILED)
    assert stands(history.deleted("a", 1.3).copied("a", 1.4).verdict()) == {ChargeKind.DELETED_UNHANDLED}


def test_a_handled_message_in_the_dead_letter_queue_is_charged_unless_its_deletion_was_lost() -> None:
    assert stands(once().expired("a", 5.0).redriven("a", 5.0).verdict()) == {ChargeKind.DEAD_LETTERED_HANDLED}
    lost_delete = once().faulted("a", 4.0, "DeleteMessageBatch", "reset_before")
    assert stands(lost_delete.expired("a", 5.0).redriven("a", 5.0).verdict()) == set()


# --- order


def test_messages_of_a_group_in_their_order_raise_no_charge() -> None:
    history = HandmadeHistory().sent("a", 0.0, "g").sent("b", 0.1, "g").handled("a", 1.0).handled("b", 2.0)
    assert stands(history.verdict()) == set()


def test_a_message_that_runs_before_the_one_ahead_of_it_was_handled_is_out_of_order() -> None:
    history = HandmadeHistory().sent("a", 0.0, "g").sent("b", 0.1, "g").handled("b", 1.0).handled("a", 2.0)
    assert [(charge.kind, charge.message_id) for charge in history.verdict().charges] == [
        (ChargeKind.OUT_OF_ORDER, "b")
    ]


def test_a_failed_head_holds_up_its_group() -> None:
    history = HandmadeHistory().sent("a", 0.0, "g").sent("b", 0.1, "g")
    history.received("a", 1.0).ran("a", 1.1, 1.2, end=RunEnd.FAILED).handled("b", 2.0).handled("a", 3.0)
    assert stands(history.verdict()) == {ChargeKind.OUT_OF_ORDER}


def test_a_dead_lettered_head_holds_up_nothing() -> None:
    history = HandmadeHistory().sent("a", 0.0, "g").sent("b", 0.1, "g")
    history.received("a", 1.0).ran("a", 1.1, 1.2, end=RunEnd.FAILED).redriven("a", 2.0).handled("b", 2.5)
    assert stands(history.verdict()) == set()


def test_groups_do_not_wait_for_one_another() -> None:
    history = HandmadeHistory().sent("a", 0.0, "g").sent("b", 0.1, "h").handled("b", 1.0).handled("a", 2.0)
    assert stands(history.verdict()) == set()
