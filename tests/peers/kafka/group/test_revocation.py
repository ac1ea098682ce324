"""Handlers that run while their partition is taken over by another worker."""

from __future__ import annotations

from pathlib import Path

from peers.kafka.group.handlers import SECONDS_VARIABLE
from peers.kafka.group.story import Act, Story, Telling, Told
from peers.kafka.server import KafkaServer
from peers.programs.watched_daemon import Event

POOL = {"min_workers": 1, "max_workers": 2, "slots": 16}
PER_SECOND = 8.0


def tell(
    kafka: KafkaServer, directory: Path, protocol: str, revoke_seconds: float, handler_seconds: float
) -> tuple[Told, Event]:
    """Another worker joins while handlers take ``handler_seconds``."""
    story = Story(
        f"revoked-{protocol}",
        PER_SECOND,
        ((Act.BEGIN, 2.0), (Act.OUT, 4.0)),
        {"group_protocol": protocol, "revoke_timeout_seconds": revoke_seconds, "lookahead_seconds": 0},
        POOL,
        handler="peers.kafka.group.handlers:slow",
        handler_seconds=handler_seconds,
        environ={SECONDS_VARIABLE: str(handler_seconds)},
    )
    telling = Telling(kafka, story, directory)
    told = telling.run()
    [revoked] = telling.daemon.events("kafka.partitions_revoked")[:1]
    return told, revoked


def test_what_ends_in_time_is_committed_before_the_partition_goes_and_is_not_handled_again(
    kafka: KafkaServer, tmp_path: Path
) -> None:
    told, revoked = tell(kafka, tmp_path, "classic", revoke_seconds=10.0, handler_seconds=0.7)
    assert (told.verdict.charges, told.verdict.duplicates) == ([], 0)
    assert (revoked["in_hand"], revoked["seconds"] < 5.0) == (0, True)


def test_what_does_not_end_in_time_is_given_up_and_comes_again_to_whoever_has_the_partition_then(
    kafka: KafkaServer, tmp_path: Path
) -> None:
    told, revoked = tell(kafka, tmp_path, "consumer", revoke_seconds=0.5, handler_seconds=2.5)
    assert told.verdict.charges == []
    assert told.verdict.duplicates > 0
    assert (revoked["in_hand"] > 0, revoked["seconds"] < 2.0) == (True, True)
