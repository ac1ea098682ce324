"""Records through the real daemon: what a handler is given, and where each ends that it does not handle."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from peers.kafka.cases.reader import Reader, send
from peers.kafka.login.topics import GENERAL, Way, topic_text
from peers.kafka.properties import Listener
from peers.kafka.server import KafkaServer
from process.conftest import surely_ended
from process.daemon_under_test import DaemonUnderTest
from punctuald.model import Message

PLAIN = Way(Listener.PLAINTEXT)
HANDLER = """
def handle(message: Message) -> None:
    seen = (message.queue, message.partition, message.offset, message.group, message.tombstone, message.data.hex())
    say("|".join(map(str, [*seen, *sorted(message.attributes.items())])).replace(" ", ""), "seen")
    if message.body == "bad":
        raise ValueError("boom")
    if message.body == "never":
        raise Reject("unknown customer")
"""


@pytest.fixture
def daemon(tmp_path: Path, moto_endpoint: str) -> Iterator[DaemonUnderTest]:
    with surely_ended(DaemonUnderTest(tmp_path, moto_endpoint, {})) as made:
        made.write_handler(HANDLER)
        yield made


def seen(daemon: DaemonUnderTest, topic: str) -> list[str]:
    """What its handler was given of a topic, in order."""
    path = daemon.directory / "notes"
    words = [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []
    return [word.removeprefix(f"{topic}|") for word in words if word.startswith(f"{topic}|")]


def shown(offset: int, key: str | None, body: bytes | None, *attributes: str) -> str:
    return "|".join(["0", str(offset), str(key), str(body is None), (body or b"").hex(), *attributes])


def letters(kafka: KafkaServer, topic: str, count: int) -> list[Message]:
    async def read() -> list[Message]:
        async with Reader(kafka, topic) as reader:
            return await reader.finish(count)

    return asyncio.run(read())


def test_what_is_handled_comes_as_it_was_sent_and_what_is_not_goes_where_it_should(
    kafka: KafkaServer, daemon: DaemonUnderTest
) -> None:
    for topic in ("whole", "whole-dead", "kept"):
        kafka.create_topic(topic, 1)
    send(
        kafka,
        "whole",
        {"value": b"bad", "key": b"a"},
        {"value": b"next", "key": b"a"},
        {"value": b"\xff\x00", "key": None, "headers": [("h", b"1"), ("h", b"2")]},
        {"value": None, "key": b"gone"},
        {"value": b"never", "key": b"b"},
    )
    send(kafka, "kept", {"value": b"bad", "key": b"a"}, {"value": b"next", "key": b"a"}, {"value": b"x", "key": b"b"})
    quick: dict[str, Any] = {"retry_initial_seconds": 0, "max_tries": 3, "commit_interval_seconds": 0.1}
    tables = [
        topic_text(kafka, "whole", PLAIN, dead_letter_topic="whole-dead", **quick),
        topic_text(kafka, "kept", PLAIN, retry_max_seconds=3600, **quick),
    ]
    daemon.write_config("\n".join([GENERAL, *tables]))
    daemon.launch()
    daemon.wait_until(lambda: kafka.commits("punctuald", "whole") == {0: 5}, "all to be done")
    daemon.wait_for("message.no_dead_letter_queue", queue="kept")
    daemon.wait_until(lambda: shown(2, "b", b"x") in seen(daemon, "kept"), "another key")

    came = seen(daemon, "whole")
    assert sorted(came) == sorted(
        [
            *[shown(0, "a", b"bad")] * 3,
            shown(1, "a", b"next"),
            shown(2, None, b"\xff\x00", "('h','2')"),
            shown(3, "gone", None),
            shown(4, "b", b"never"),
        ]
    )
    assert [each for each in came if "|a|" in each] == [shown(0, "a", b"bad")] * 3 + [shown(1, "a", b"next")]
    reasons = {message.body: message.attributes["punctuald.reason"] for message in letters(kafka, "whole-dead", 2)}
    assert reasons["never"] == "unknown customer"
    assert "number 3" in reasons["bad"]
    assert "boom" in reasons["bad"]
    assert shown(1, "a", b"next") not in seen(daemon, "kept"), "its key waits"
    assert kafka.commits("punctuald", "kept").get(0, 0) == 0, "and nothing is skipped"
    assert daemon.events("message.not_dead_lettered", queue="kept")
    assert (daemon.directory / "errors.txt").read_text() == ""
