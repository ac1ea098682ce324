"""A producer that can't be made: what is wrong is said, and nothing ends for it."""

from __future__ import annotations

import asyncio

import pytest

from doubles.kafka.records import record
from doubles.limited_log import limited_log
from punctuald.clock import SystemClock
from punctuald.errors import SourceMisconfigured
from punctuald.source.kafka.client_log import ClientLog
from punctuald.source.kafka.dead_letters import DeadLetters
from punctuald.source.kafka.partitions.record import RecordReader
from punctuald.source.kafka.topic import KafkaTopic


def test_a_property_that_only_a_producer_refuses_is_a_refusal_of_the_dead_letter_and_no_crash() -> None:
    properties = {"max.in.flight.requests.per.connection": 10}  # more than a producer that is safe may have
    topic = KafkaTopic("orders", "orders", "127.0.0.1:1", "g", dead_letter_topic="dead", properties=properties)
    limited = limited_log()
    [message] = RecordReader("orders", SystemClock(), limited).read([record(0)], "0", "1:")

    async def copied() -> None:
        await DeadLetters(topic, ClientLog("orders", limited)).copy(message, "never")

    with pytest.raises(SourceMisconfigured, match=r"max\.in\.flight"):
        asyncio.run(copied())
