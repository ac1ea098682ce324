from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from doubles.source.dead_lettered import DeadLettered
from doubles.source.tampered_calls import Parameters, TamperedCalls, refused, refusing_entries
from punctuald.clock import Clock, ManualClock, SystemClock
from punctuald.demo.queues import create_queue
from punctuald.errors import SourceMisconfigured
from punctuald.policy.queues.selection import Filter
from punctuald.ports import QUEUE_ATTRIBUTE, REASON_ATTRIBUTE
from punctuald.queue_tools.redrive.destinations import Destinations, NotADeadLetterQueueError
from punctuald.queue_tools.redrive.redrive import Plan, Redrive
from punctuald.queue_tools.redrive.tally import Tally
from punctuald.queue_tools.state import QueueState, state_of

QUICK = Plan(hidden_seconds=3, poll_seconds=1)


@pytest.fixture
def queue(ministack_endpoint: str) -> DeadLettered:
    return DeadLettered(ministack_endpoint)


@pytest.fixture
def ordered(ministack_endpoint: str) -> DeadLettered:
    return DeadLettered(ministack_endpoint, fifo=True)


@pytest.fixture
def calls(ministack_endpoint: str) -> TamperedCalls:
    return TamperedCalls(ministack_endpoint)


def redrive(
    calls: TamperedCalls,
    queue: DeadLettered,
    plan: Plan = QUICK,
    to: str = "",
    *,
    clock: Clock | None = None,
    pause: Callable[[float], None] = time.sleep,
    stopping: Callable[[], bool] = lambda: False,
    seen: Callable[[QueueState], QueueState] = lambda state: state,
) -> Tally:
    state = seen(state_of(calls, queue.dead_name))
    run = Redrive(
        calls,
        state,
        Destinations(calls, state, to),
        plan,
        clock=clock or SystemClock(),
        pause=pause,
        stopping=stopping,
        on_progress=lambda _tally, _waits_for: None,
    )
    return run.run()


def test_a_dead_letter_goes_back_as_its_producer_sent_it(calls: TamperedCalls, queue: DeadLettered) -> None:
    queue.put("hello", kind="greeting")
    tally = redrive(calls, queue)
    (message,) = queue.taken()
    assert message["Body"] == "hello"
    assert message["MessageAttributes"] == {"kind": {"DataType": "String", "StringValue": "greeting"}}
    assert (dict(tally.moved), tally.is_clean) == ({queue.name: 1}, True)
    assert queue.visible_dead() == 0


def test_what_sqs_moved_by_itself_goes_back_too(moto_endpoint: str) -> None:
    queue, calls = DeadLettered(moto_endpoint, receives=1, visibility_seconds=0), TamperedCalls(moto_endpoint)
    queue.client.send_message(QueueUrl=queue.url, MessageBody="failed")
    for _ in range(3):
        queue.client.receive_message(QueueUrl=queue.url, VisibilityTimeout=0)
    assert queue.visible_dead() == 1
    redrive(calls, queue)
    assert queue.bodies() == ["failed"]


def test_all_go_where_a_person_says(calls: TamperedCalls, queue: DeadLettered, ministack_endpoint: str) -> None:
    other = create_queue(ministack_endpoint, f"{queue.name}-repaired")
    queue.put("a", "b")
    redrive(calls, queue, to=f"{queue.name}-repaired")
    assert (queue.bodies(other), queue.bodies()) == (["a", "b"], [])


def test_groups_and_their_order_are_kept(calls: TamperedCalls, ordered: DeadLettered) -> None:
    for number in range(15):
        ordered.put(f"a{number}", group="a")
        ordered.put(f"b{number}", group="b")
    tally = redrive(calls, ordered)
    messages = ordered.taken()
    of_group = {group: [m["Body"] for m in messages if m["Attributes"]["MessageGroupId"] == group] for group in "ab"}
    assert of_group == {group: [f"{group}{number}" for number in range(15)] for group in "ab"}
    assert tally.moved_in_all == 30


def test_a_refused_message_holds_up_its_own_group_only(calls: TamperedCalls, ordered: DeadLettered) -> None:
    for body in ("a0", "a1-bad", "a2", "b0", "b1"):
        ordered.put(body, group=body[0])
    calls.tampers["send_message_batch"] = refusing_entries(lambda entry: "bad" in entry["MessageBody"])
    tally = redrive(calls, ordered)
    assert sorted(ordered.bodies()) == ["a0", "b0", "b1"]
    assert list(tally.refused.values()) == ["Refused: no"]
    assert (len(tally.behind), tally.is_clean) == (1, False)
    assert ordered.bodies(ordered.dead_url) == ["a1-bad", "a2"]


def test_a_failure_of_the_server_is_tried_again(calls: TamperedCalls, queue: DeadLettered) -> None:
    queue.put("a", "b")
    failures = iter([True])
    calls.tampers["send_message_batch"] = refusing_entries(lambda _: next(failures, False), sender_fault=False)
    assert redrive(calls, queue, pause=lambda _: None).is_clean
    assert queue.bodies() == ["a", "b"]


def test_a_batch_that_is_too_long_for_the_server_goes_one_by_one(calls: TamperedCalls, queue: DeadLettered) -> None:
    def only_one(call: Callable[[Parameters], Mapping[str, Any]], parameters: Parameters) -> Mapping[str, Any]:
        if len(parameters["Entries"]) > 1:
            raise refused("BatchRequestTooLong")
        return call(parameters)

    queue.put("a", "b", "c")
    calls.tampers["send_message_batch"] = only_one
    assert redrive(calls, queue).is_clean
    assert queue.bodies() == ["a", "b", "c"]


def test_a_message_that_is_too_long_stays_and_is_named(calls: TamperedCalls, queue: DeadLettered) -> None:
    def refuse(_call: Callable[[Parameters], Mapping[str, Any]], _parameters: Parameters) -> Mapping[str, Any]:
        raise refused("InvalidParameterValue")

    queue.put("a")
    calls.tampers["send_message_batch"] = refuse
    tally = redrive(calls, queue)
    assert ["InvalidParameterValue" in reason for reason in tally.refused.values()] == [True]
    assert queue.visible_dead() == 1


def test_a_denied_send_ends_the_run_and_what_was_received_is_visible(calls: TamperedCalls, queue: DeadLettered) -> None:
    def deny(_call: Callable[[Parameters], Mapping[str, Any]], _parameters: Parameters) -> Mapping[str, Any]:
        raise refused("AccessDenied")

    queue.put("a")
    calls.tampers["send_message_batch"] = deny
    with pytest.raises(SourceMisconfigured):
        redrive(calls, queue)
    assert queue.visible_dead() == 1


def test_an_end_between_sending_and_deleting_loses_nothing_and_doubles_nothing_in_order(
    calls: TamperedCalls, ordered: DeadLettered
) -> None:
    def killed(_call: Callable[[Parameters], Mapping[str, Any]], _parameters: Parameters) -> Mapping[str, Any]:
        raise KeyboardInterrupt

    ordered.put(*(str(number) for number in range(12)))
    calls.tampers["delete_message_batch"] = killed
    with pytest.raises(KeyboardInterrupt):
        redrive(calls, ordered)
    del calls.tampers["delete_message_batch"]
    assert redrive(calls, ordered).is_clean
    assert ordered.bodies() == [str(number) for number in range(12)]


def test_what_could_not_be_deleted_is_not_sent_again(calls: TamperedCalls, queue: DeadLettered) -> None:
    failures = iter([True])
    calls.tampers["delete_message_batch"] = refusing_entries(lambda _: next(failures, False))
    queue.put("a", "b")
    assert redrive(calls, queue).is_clean
    assert (queue.bodies(), queue.visible_dead()) == (["a", "b"], 0)


def test_a_filter_leaves_the_others_where_they_are(calls: TamperedCalls, queue: DeadLettered) -> None:
    queue.put("late", reason="TimeoutError")
    queue.put("odd", reason="KeyError")
    tally = redrive(calls, queue, replace(QUICK, filters=(Filter("reason", "Timeout"),)))
    assert (queue.bodies(), len(tally.left_out)) == (["late"], 1)
    assert queue.bodies(queue.dead_url) == ["odd"]


def test_a_dry_run_moves_nothing(calls: TamperedCalls, queue: DeadLettered) -> None:
    queue.put(*(str(number) for number in range(12)))
    assert dict(redrive(calls, queue, replace(QUICK, dry_run=True)).moved) == {queue.name: 12}
    assert {"send_message_batch", "delete_message_batch"} & {method for method, _ in calls.made} == set()
    assert (queue.visible_dead(), queue.bodies()) == (12, [])


def test_no_more_is_moved_than_was_asked_for(calls: TamperedCalls, queue: DeadLettered) -> None:
    queue.put(*(str(number) for number in range(12)))
    assert redrive(calls, queue, replace(QUICK, most=3)).moved_in_all == 3
    assert queue.visible_dead() == 9


def test_a_rate_limit_holds_in_every_second(calls: TamperedCalls, queue: DeadLettered) -> None:
    clock = ManualClock()
    sent: list[float] = []

    def noted(call: Callable[[Parameters], Mapping[str, Any]], parameters: Parameters) -> Mapping[str, Any]:
        sent.extend(clock.mono() for _ in parameters["Entries"])
        return call(parameters)

    calls.tampers["send_message_batch"] = noted
    queue.put(*(str(number) for number in range(20)))
    redrive(calls, queue, replace(QUICK, per_second=4, hidden_seconds=60), clock=clock, pause=clock.advance)
    assert len(sent) == 20
    assert max(sum(begin <= each < begin + 1 for each in sent) for begin in sent) <= 4
    assert sent[-1] - sent[0] < 20 / 4 + 1


def test_a_run_that_should_end_gives_back_what_it_has_not_sent(calls: TamperedCalls, queue: DeadLettered) -> None:
    queue.put(*(str(number) for number in range(10)))
    plan = replace(QUICK, per_second=4)  # two at once
    tally = redrive(calls, queue, plan, stopping=lambda: "send_message_batch" in {method for method, _ in calls.made})
    assert tally.moved_in_all == 2
    assert queue.visible_dead() == 8


def test_what_comes_while_it_runs_does_not_go_round_for_ever(calls: TamperedCalls, queue: DeadLettered) -> None:
    queue.put("failed again at once")
    tally = redrive(calls, queue, seen=lambda state: replace(state, asked_utc=0.0))
    assert (tally.moved_in_all, len(tally.came_later)) == (0, 1)
    assert queue.visible_dead() == 1


def test_one_that_does_not_say_where_it_came_from_goes_to_the_only_source(moto_endpoint: str) -> None:
    queue, calls = DeadLettered(moto_endpoint), TamperedCalls(moto_endpoint)
    queue.put("anonymous", queue="")
    redrive(calls, queue)
    assert queue.bodies() == ["anonymous"]


def test_one_whose_queue_is_gone_stays(calls: TamperedCalls, queue: DeadLettered) -> None:
    queue.put("a", queue="deleted")
    tally = redrive(calls, queue)
    (reason,) = tally.refused.values()
    assert "'deleted'" in reason
    assert "give --to" in reason
    assert queue.visible_dead() == 1


def test_a_queue_that_is_no_dead_letter_queue_is_not_redriven(moto_endpoint: str) -> None:
    queue, calls = DeadLettered(moto_endpoint), TamperedCalls(moto_endpoint)
    state = state_of(calls, queue.name)
    with pytest.raises(NotADeadLetterQueueError, match=queue.dead_name):
        Destinations(calls, state)


def test_types_of_attributes_are_kept(calls: TamperedCalls, queue: DeadLettered) -> None:
    sent = {
        "size": {"DataType": "Number", "StringValue": "7"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    }
    ours = {name: {"DataType": "String", "StringValue": queue.name} for name in (QUEUE_ATTRIBUTE, REASON_ATTRIBUTE)}
    queue.client.send_message(QueueUrl=queue.dead_url, MessageBody="x", MessageAttributes={**sent, **ours})
    redrive(calls, queue)
    (message,) = queue.taken()
    assert message["MessageAttributes"] == sent


def test_a_streams_record_goes_nowhere_by_itself(calls: TamperedCalls, queue: DeadLettered) -> None:
    queue.put("record", queue="", **{"punctuald.stream": "clicks"})
    (reason,) = redrive(calls, queue).refused.values()
    assert "'clicks'" in reason
    assert redrive(calls, queue, to=queue.name).is_clean
    (message,) = queue.taken()
    assert list(message["MessageAttributes"]) == ["punctuald.stream"]
