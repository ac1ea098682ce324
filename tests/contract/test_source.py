"""The promises of the `Source` port that every source keeps, queue or log."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from contract.bench import MOST, Bench, bodies, receive, receive_all, receive_at_once
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.model import Message, Metric, Release
from punctuald.ports import QUEUE_ATTRIBUTE


async def test_a_message_comes_with_all_that_its_handler_may_ask(bench: Bench) -> None:
    sent = {"sla_tier": "peak_hours"} if bench.source.limits.has_attributes else {}
    bench.send("hello", attributes=sent)
    (message,) = await receive(bench)
    assert (message.body, dict(message.attributes)) == ("hello", sent)
    queue = bench.source.name.partition("@")[0]
    assert (message.queue, message.receive_count) == (queue, 1)
    assert (message.group is None) == bench.source.limits.has_keyless
    assert 0 <= message.received_utc - message.sent_utc < 3


async def test_nothing_there_is_an_empty_list(bench: Bench) -> None:
    assert bodies(await receive_at_once(bench)) == []


async def test_no_more_comes_than_is_asked_for(bench: Bench) -> None:
    for number in range(5):
        bench.send(str(number))
    assert len(await bench.source.receive(2, 5, 30)) <= 2


async def test_what_is_in_hand_does_not_come_again(bench: Bench) -> None:
    bench.send("hello")
    assert bodies(await receive(bench)) == ["hello"]
    assert bodies(await receive_at_once(bench)) == []


async def test_two_receives_at_once_share_what_there_is(bench: Bench) -> None:
    for body in ("1", "2"):
        bench.send(body)
    shares = await asyncio.gather(*(bench.source.receive(1, 5, 30) for _ in range(2)))
    assert sorted(bodies([message for share in shares for message in share])) == ["1", "2"]


async def test_what_is_in_hand_when_receiving_ends_is_still_settled(bench: Bench) -> None:
    bench.send("hello")
    (message,) = await receive(bench)
    runs = asyncio.Event()

    async def end_of_run(_: Collection[str]) -> None:
        await runs.wait()

    bench.source.on_revoked(end_of_run)
    bench.source.end_receiving()
    await asyncio.sleep(0.2)
    assert list(await bench.source.acknowledge([message])) == []
    runs.set()
    assert await bench.left() == 0


async def test_a_released_message_comes_back_at_once(bench: Bench) -> None:
    bench.send("hello")
    (message,) = await receive(bench)
    assert list(await bench.source.release([Release(message)])) == []
    (again,) = await receive(bench)
    assert (again.id, again.body) == (message.id, "hello")


async def test_a_message_released_for_later_stays_away_until_then(bench: Bench) -> None:
    bench.send("hello")
    (message,) = await receive(bench)
    assert list(await bench.source.release([Release(message, after_seconds=1)])) == []
    assert bodies(await receive_at_once(bench)) == []
    assert bodies(await bench.receive_after(1)) == ["hello"]


async def test_of_one_group_a_released_message_keeps_its_place(ordered_bench: Bench) -> None:
    for body in ("1", "2", "3"):
        ordered_bench.send(body, group="a")
    (first,) = await ordered_bench.source.receive(1, 5, 30)
    assert list(await ordered_bench.source.release([Release(first)])) == []
    assert bodies(await ordered_bench.source.receive(1, 5, 30)) == ["1"]


async def test_messages_of_a_group_name_it_and_come_in_its_order(ordered_bench: Bench) -> None:
    for body in ("1", "2", "3"):
        ordered_bench.send(body, group="a")
    messages: list[Message] = []
    while len(messages) < 3:
        got = await receive(ordered_bench)
        assert list(await ordered_bench.source.acknowledge(got)) == []
        messages += got
    assert ordered_bench.source.ordered
    assert [(message.body, message.group) for message in messages] == [("1", "a"), ("2", "a"), ("3", "a")]


async def test_an_acknowledged_message_is_gone(bench: Bench) -> None:
    bench.send("hello")
    assert list(await bench.source.acknowledge(await receive(bench))) == []
    assert await bench.left() == 0


async def test_acknowledging_twice_is_acknowledging_once(bench: Bench) -> None:
    bench.send("hello")
    messages = await receive(bench)
    assert list(await bench.source.acknowledge([*messages, *messages])) == []
    assert list(await bench.source.acknowledge(messages)) == []


async def test_the_largest_batch_is_one_call(bench: Bench) -> None:
    largest = bench.source.limits.largest_batch
    for number in range(largest):
        bench.send(str(number))
    messages = await receive_all(bench, largest)
    assert list(await bench.source.extend(messages, 60)) == []
    assert list(await bench.source.acknowledge(messages)) == []
    assert await bench.left() == 0
    assert bench.requests[Metric.REQUEST_ACKNOWLEDGE] <= 2, "a log also commits where it begins"


async def test_a_handle_that_holds_nothing_fails_alone_and_for_good(bench: Bench) -> None:
    bench.send("good")
    (good,) = await receive(bench)
    bad = Message("no-id", bench.source.name, "", "not-a-handle", sent_utc=0, received_utc=0)
    (failure,) = await bench.source.acknowledge([bad, good])
    assert (failure.receipt_handle, failure.code) == ("not-a-handle", "ReceiptHandleIsInvalid")
    assert not failure.retryable
    assert await bench.left() == 0


async def test_a_dead_lettered_message_is_copied_with_the_reason_and_then_gone(bench: Bench) -> None:
    sent = {"kind": "greeting"} if bench.source.limits.has_attributes else {}
    bench.send("hello", attributes=sent)
    (message,) = await receive(bench)
    assert list(await bench.source.dead_letter(message, "unknown customer")) == []
    (copy,) = await bench.dead_letters()
    assert copy.body == "hello"
    named = {QUEUE_ATTRIBUTE: copy.attributes[QUEUE_ATTRIBUTE]} if QUEUE_ATTRIBUTE in copy.attributes else {}
    assert dict(copy.attributes) == {**sent, **named, "punctuald.reason": "unknown customer"}
    assert await bench.left() == 0


async def test_a_dead_lettered_message_of_a_group_keeps_it(ordered_bench: Bench) -> None:
    ordered_bench.send("hello", group="a")
    (message,) = await receive(ordered_bench)
    assert list(await ordered_bench.source.dead_letter(message, "unknown customer")) == []
    assert [(copy.body, copy.group) for copy in await ordered_bench.dead_letters()] == [("hello", "a")]


async def test_a_missing_queue_is_for_a_person_to_mend(bench: Bench) -> None:
    with pytest.raises(SourceMisconfigured, match="nowhere") as raised:
        await (await bench.missing()).receive(MOST, 0, 30)
    assert "\n" not in str(raised.value)


async def test_a_broker_that_is_not_there_is_worth_another_try(bench: Bench) -> None:
    with pytest.raises(SourceUnavailable) as raised:
        await (await bench.unreachable()).receive(MOST, 0, 30)
    assert raised.value.code == bench.unreachable_code


async def test_a_closed_source_refuses_calls(bench: Bench) -> None:
    bench.send("hello")
    messages = await receive(bench)
    await bench.source.close()
    for call in (bench.source.receive(MOST, 0, 30), bench.source.acknowledge(messages)):
        with pytest.raises(SourceUnavailable) as raised:
            await call
        assert raised.value.code == "Closed"


async def test_every_request_is_counted_by_its_kind(bench: Bench) -> None:
    bench.send("hello")
    await bench.source.acknowledge(await receive(bench))
    assert await bench.left() == 0
    assert bench.requests[Metric.REQUEST_RELEASE] == 0
    received = bench.requests[Metric.REQUEST_RECEIVE]
    assert received >= 1 if bench.reads_by_itself else received == 1
    assert 1 <= bench.requests[Metric.REQUEST_ACKNOWLEDGE] <= 2, "a log also commits where it begins"
