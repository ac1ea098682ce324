"""The way out of a topic: a record is done only when its copy is confirmed, and whatever can be kept of it is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from captured_logs import capture_logs
from peers.kafka.cases.reader import Reader, send
from peers.kafka.server import KafkaServer
from punctuald.errors import SourceUnavailable
from punctuald.ports import DEAD_LETTER_REFUSED
from punctuald.source.kafka.record import Record

LARGE = 1_048_588 - 1_000
"""Of a value that a topic takes by default, but not with much beside it."""
OWN = [("a", b"1"), ("a", None), ("b", b"\xff\xfe"), ("c", b"")]


def letter_topics(kafka: KafkaServer, topic: str, **config: int) -> dict[str, Any]:
    """Made; and what a reader is told."""
    kafka.create_topic(topic, 1, max_message_bytes=2_000_000)
    kafka.create_topic(f"{topic}-dead", 1, **config)
    return {"dead_letter_topic": f"{topic}-dead"}


async def letters(kafka: KafkaServer, topic: str) -> list[Record]:
    """The first that came, as records."""
    async with Reader(kafka, f"{topic}-dead") as dead:
        return [message for message in await dead.finish(1) if isinstance(message, Record)]


def headers(letter: Record) -> list[tuple[str, bytes | None]]:
    found: list[tuple[str, bytes | None]] = letter.raw.headers()
    return found


def test_a_copy_has_all_that_the_record_had_and_where_it_was_and_why_it_is_there(kafka: KafkaServer) -> None:
    async def run() -> None:
        options = letter_topics(kafka, "copied")
        send(kafka, "copied", {"value": b"\xff\x00", "key": b"\xfe", "headers": OWN})
        async with Reader(kafka, "copied", **options) as reader:
            [message] = await reader.receive(1)
            assert await reader.source.dead_letter(message, "unknown customer") == []
            assert await reader.committed({0: 1})
        [letter] = await letters(kafka, "copied")
        assert (letter.raw.key(), letter.raw.value()) == (b"\xfe", b"\xff\x00")
        assert headers(letter) == [
            *OWN,
            ("punctuald.reason", b"unknown customer"),
            ("punctuald.topic", b"copied"),
            ("punctuald.partition", b"0"),
            ("punctuald.offset", b"0"),
        ]

    asyncio.run(run())


def test_a_tombstone_stays_one_and_a_record_without_a_key_has_none(kafka: KafkaServer) -> None:
    async def run() -> None:
        options = letter_topics(kafka, "tombstones")
        send(kafka, "tombstones", {"value": None, "key": None})
        async with Reader(kafka, "tombstones", **options) as reader:
            [message] = await reader.receive(1)
            assert await reader.source.dead_letter(message, "") == []
        [letter] = await letters(kafka, "tombstones")
        assert (letter.tombstone, letter.raw.key()) == (True, None)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("size", "own", "keeps_value", "keeps_own"),
    [
        pytest.param(LARGE, [("own", b"x")], True, True, id="only its reason is cut"),
        pytest.param(LARGE, [("own", b"x" * 2_000)], False, True, id="its value is left out"),
        pytest.param(10, [("own", b"x" * 1_100_000)], False, False, id="only where it stood is left"),
    ],
)
def test_what_is_too_large_for_the_topic_loses_as_little_as_can_be(
    kafka: KafkaServer, size: int, own: list[Any], keeps_value: bool, keeps_own: bool
) -> None:
    topic = f"large-{keeps_value}-{keeps_own}"

    async def run() -> None:
        options = letter_topics(kafka, topic)
        large = {"message.max.bytes": 2_000_000}
        send(kafka, topic, {"value": b"v" * size, "key": b"k", "headers": own}, **large)
        async with Reader(kafka, topic, **options) as reader:
            [message] = await reader.receive(1)
            assert await reader.source.dead_letter(message, "r" * 5_000) == []
            assert await reader.committed({0: 1})
        [letter] = await letters(kafka, topic)
        named = dict(headers(letter))
        assert (letter.raw.value() == b"v" * size, "own" in named) == (keeps_value, keeps_own)
        assert ("punctuald.value_left_out" in named) is not keeps_value
        assert (named["punctuald.offset"], (named["punctuald.reason"] or b"")[:1]) == (b"0", b"r")
        assert not letter.tombstone

    asyncio.run(run())


def test_what_its_topic_never_takes_stays_and_is_said_to_be_refused(kafka: KafkaServer) -> None:
    async def run() -> None:
        options = letter_topics(kafka, "refused", max_message_bytes=100)
        send(kafka, "refused", {"value": b"v", "key": b"k" * 200})
        async with Reader(kafka, "refused", **options) as reader:
            [message] = await reader.receive(1)
            [failure] = await reader.source.dead_letter(message, "no")
            assert (failure.code, failure.retryable) == (DEAD_LETTER_REFUSED, False)
            assert kafka.commits("refused", "refused").get(0, 0) == 0

    asyncio.run(run())


def test_without_its_topic_a_record_stays_and_who_is_told_can_make_it(kafka: KafkaServer) -> None:
    async def run() -> None:
        kafka.create_topic("no-letters", 1)
        send(kafka, "no-letters", {"value": b"v"}, {"value": b"w"})
        quick = {"topic.metadata.propagation.max.ms": 1_000}
        with capture_logs() as logs:
            async with Reader(kafka, "no-letters", dead_letter_topic="nowhere", properties=quick) as reader:
                first, second = await reader.receive(2)
                with pytest.raises(SourceUnavailable, match=r"dead-letter topic 'nowhere' .* no such topic"):
                    await reader.source.dead_letter(first, "no")
                assert await reader.source.acknowledge([second]) == []
                kafka.create_topic("nowhere", 1)
                assert await reader.source.dead_letter(first, "no") == []
                assert await reader.committed({0: 2})
        said = [entry["topic"] for entry in logs if entry["event"] == "kafka.dead_letter_topic_missing"]
        assert said == ["nowhere"], "when it joined"

    asyncio.run(run())
