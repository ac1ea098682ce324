"""A group of workers under load, in both protocols, while workers come, go, are replaced and killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from peers.kafka.group.stories import ELASTIC, PROTOCOLS
from peers.kafka.group.story import Act, Story, Telling
from peers.kafka.group.topic_setup import SESSION_SECONDS
from peers.kafka.server import KafkaServer

STEPS = ((Act.BEGIN, 2.0), (Act.OUT, 4.0), (Act.IN, 3.0), (Act.RELOAD, 5.0), (Act.KILL_WORKER, 9.0))
TAKEOVER_SECONDS = SESSION_SECONDS + 5.0
NOISE_SECONDS = 4.0
"""Of a machine that has other things to do. What is measured in quiet is printed, and far below."""


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_workers_come_and_go_and_nothing_is_lost_or_out_of_order_or_done_twice_though_committed(
    kafka: KafkaServer, tmp_path: Path, protocol: str
) -> None:
    story = Story(f"rebalanced-{protocol}", 200, STEPS, {"group_protocol": protocol}, ELASTIC)
    told = Telling(kafka, story, tmp_path).run()
    print(told)  # noqa: T201 - what was measured
    assert told.verdict.charges == []
    for figures in told.phases:
        if figures.phase.is_takeover:
            assert figures.longest < TAKEOVER_SECONDS + NOISE_SECONDS
        else:
            assert figures.p95 < 1.0 + NOISE_SECONDS
