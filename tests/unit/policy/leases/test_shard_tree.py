"""Which shards get rows, which are read, and whose rows are of no use any more."""

from __future__ import annotations

from punctuald.policy.leases.checkpoint import AT_TIMESTAMP, LATEST, SHARD_END, TRIM_HORIZON, Checkpoint
from punctuald.policy.leases.lease import Lease, reading_start
from punctuald.policy.leases.shard import Shard
from punctuald.policy.leases.shard_tree import gone_shards, missing_rows, readable, rows_to_delete

ROOT = Shard("root", ending_sequence_number="9")
LEFT, RIGHT = (Shard(name, ("root",), ending_sequence_number="19") for name in ("left", "right"))
MERGED = Shard("merged", ("left", "right"))
ALL = [ROOT, LEFT, RIGHT, MERGED]
BEGAN = 1_000.0


def row(shard: Shard, word: str = TRIM_HORIZON) -> Lease:
    return Lease(shard.shard_id, checkpoint=Checkpoint(word), parents=frozenset(shard.parents))


def missing(rows: list[Lease], start: str | float = "earliest", open_then: tuple[str, ...] = ()) -> dict[str, str]:
    found = missing_rows(rows, ALL, start, BEGAN, open_then)
    return {each.shard.shard_id: each.checkpoint.sequence_number for each in found}


def test_from_the_beginning_the_oldest_shards_have_rows_and_all_others_follow() -> None:
    assert missing([]) == {"root": TRIM_HORIZON}
    assert missing([row(ROOT)]) == {}
    assert missing([row(ROOT, SHARD_END)]) == {"left": TRIM_HORIZON, "right": TRIM_HORIZON}


def test_from_the_end_only_open_shards_have_rows() -> None:
    assert missing([], "latest") == {"merged": LATEST}
    assert missing([row(MERGED, "25")], "latest") == {}, "its ancestors are past"


def test_from_a_time_those_that_were_open_then_have_rows_and_children_begin_at_their_beginning() -> None:
    assert missing([], 500.0, ("left", "right")) == {"left": AT_TIMESTAMP, "right": AT_TIMESTAMP}
    begun = [row(LEFT, SHARD_END), row(RIGHT, SHARD_END)]
    assert missing(begun, 500.0) == {"merged": TRIM_HORIZON}


def test_a_child_is_read_after_all_of_its_parents() -> None:
    assert readable([row(LEFT, SHARD_END), row(RIGHT), row(MERGED)], ["left", "right", "merged"]) == {"right"}
    both = [row(LEFT, SHARD_END), row(RIGHT, SHARD_END), row(MERGED)]
    assert readable(both, ["left", "right", "merged"]) == {"merged"}


def test_a_parent_without_a_row_is_waited_for_only_while_it_is_listed_and_its_child_has_not_begun() -> None:
    assert readable([row(MERGED)], ["left", "right", "merged"]) == frozenset()
    assert readable([row(MERGED)], ["merged"]) == {"merged"}
    assert readable([row(MERGED, LATEST)], ["left", "right", "merged"]) == {"merged"}
    assert readable([row(MERGED, "25")], ["left", "right", "merged"]) == {"merged"}


def test_a_row_goes_when_its_shard_has_and_its_children_have_begun() -> None:
    listed = ["left", "right", "merged"]
    done = row(ROOT, SHARD_END)
    assert rows_to_delete([done, row(LEFT), row(RIGHT, "15")], listed) == []
    assert rows_to_delete([done, row(LEFT, "12"), row(RIGHT, SHARD_END)], listed) == [done]
    assert rows_to_delete([done, row(LEFT, "12"), row(RIGHT, "15")], ["root", *listed]) == []


def test_what_was_not_read_to_its_end_and_is_not_listed_is_gone() -> None:
    assert gone_shards([row(ROOT, "5"), row(LEFT)], ["left"]) == [row(ROOT, "5")]
    assert gone_shards([row(ROOT, SHARD_END)], ["left"]) == []


def test_a_time_without_a_time_is_the_configured_one_or_else_the_beginning() -> None:
    """As rows are that KCL made."""
    kcls = row(ROOT, AT_TIMESTAMP)
    assert reading_start(kcls, 700.0) == (Checkpoint(AT_TIMESTAMP), 700.0)
    assert reading_start(kcls, "latest") == (Checkpoint(TRIM_HORIZON), None)
    ours = Lease("root", checkpoint=Checkpoint(LATEST), since_utc=800.0)
    assert reading_start(ours, "earliest") == (Checkpoint(AT_TIMESTAMP), 800.0)
    assert reading_start(row(ROOT, "5"), "latest") == (Checkpoint("5"), None)
