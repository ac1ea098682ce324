"""The accounts charge what must not happen, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from peers.kinesis.accounts import Accounts, SharedVerdict, judge
from peers.kinesis.handled import OURS, Handled, handled_by_java, read_handled
from peers.kinesis.lease_rows import Row
from peers.kinesis.lease_watch import Look, Seen
from peers.kinesis.load import Sent
from peers.log.verdict import ChargeKind
from punctuald.policy.leases.checkpoint import Checkpoint, checkpoint_at, offset_of

SHARD = "shardId-000000000000"
SENT = [Sent("a", number, SHARD, 100 + number, float(number)) for number in range(4)]


def ran(number: int, utc: float, by: str = OURS) -> Handled:
    return Handled("a", number, SHARD, offset_of(100 + number), utc, by, 7)


def looked(utc: float, done: int | str, owner: str = "punctuald-1") -> Look:
    """All up to a number is done."""
    checkpoint = Checkpoint(done) if isinstance(done, str) else checkpoint_at(offset_of(100 + done))
    return Look(utc, utc, {SHARD: Seen(owner, "", 1, checkpoint)})


def verdict(handled: Sequence[Handled], looks: Sequence[Look] = (), handler_seconds: float = 0.0) -> SharedVerdict:
    return judge(Accounts(SENT, handled, looks, handler_seconds))


IN_ORDER = [ran(number, 10.0 + number) for number in range(4)]


def test_all_in_order_and_once_is_clean_and_measured_from_when_it_was_due() -> None:
    clean = verdict(IN_ORDER, [looked(9.0, "TRIM_HORIZON"), looked(13.5, 3), looked(14.0, "SHARD_END")])
    assert (clean.charges, clean.sent, clean.handled, clean.duplicates) == ([], 4, 4, 0)
    assert clean.latencies == [10.0] * 4
    assert str(clean) == "sent 4  handled 4 (ours 4)  again 0  P95 10.00 s  longest 10.00 s  clean"


def test_what_nobody_handled_is_lost_and_what_nobody_sent_is_strange() -> None:
    assert verdict(IN_ORDER[:3]).kinds == {ChargeKind.LOST}
    assert verdict([*IN_ORDER, ran(9, 20.0)]).kinds == {ChargeKind.UNKNOWN}


def test_a_first_run_after_a_later_record_of_its_key_is_out_of_order_whoever_ran_them() -> None:
    crossed = [ran(0, 1.0), ran(2, 2.0, "java"), ran(1, 3.0), ran(3, 4.0)]
    assert verdict(crossed).kinds == {ChargeKind.OUT_OF_ORDER}


def test_what_is_not_checkpointed_may_be_handled_again_from_there_on() -> None:
    again = [*IN_ORDER[:3], ran(1, 20.0, "java"), ran(2, 21.0, "java"), ran(3, 22.0, "java")]
    seen = verdict(again, [looked(15.0, 0), looked(19.0, 0, "java"), looked(25.0, 3, "java")])
    assert (seen.charges, seen.duplicates, seen.by) == ([], 2, {OURS: 3, "java": 1})


def test_who_has_the_lease_may_not_handle_again_what_is_checkpointed() -> None:
    again = [*IN_ORDER, ran(1, 20.0)]
    assert verdict(again, [looked(19.0, 1)]).kinds == {ChargeKind.AGAIN_THOUGH_COMMITTED}
    assert verdict(again, [looked(19.0, 1)], handler_seconds=2.0).charges == []


def test_who_has_lost_the_lease_may_still_be_busy_with_what_it_had_in_hand() -> None:
    assert verdict([*IN_ORDER, ran(1, 20.0, "java")], [looked(19.0, 1)]).charges == []


def test_a_checkpoint_before_the_end_of_the_handler_is_charged() -> None:
    assert verdict(IN_ORDER, [looked(12.5, 3)]).kinds == {ChargeKind.COMMITTED_UNHANDLED}


def test_a_checkpoint_that_goes_back_is_charged_and_named() -> None:
    back = verdict(IN_ORDER, [looked(20.0, 3), looked(20.1, 2, "java")])
    [charge] = back.charges
    assert charge.kind is ChargeKind.REWOUND
    assert "by java" in charge.text


def test_part_of_a_packed_record_is_a_place_of_its_own() -> None:
    parts = [Handled("a", number, SHARD, offset_of(100, number), 10.0 + number, OURS, 7) for number in range(4)]
    done = Look(20.0, 20.0, {SHARD: Seen("punctuald-1", "", 1, Checkpoint("100", 2))})
    again = [*parts, *(Handled("a", number, SHARD, offset_of(100, number), 30.0, OURS, 8) for number in (2, 3))]
    assert [charge.text for charge in verdict(again, [done]).charges] == [
        f"a 2 by ours at {Checkpoint('100', 2)} of {SHARD}, checkpoint {Checkpoint('100', 2)}"
    ]


def test_during_a_hand_over_the_one_that_checkpoints_has_the_lease() -> None:
    row: Row = {
        "leaseKey": {"S": SHARD},
        "leaseOwner": {"S": "next"},
        "checkpointOwner": {"S": "still"},
        "leaseCounter": {"N": "4"},
        "checkpoint": {"S": "100"},
    }
    assert Seen.of(row) == Seen("still", "next", 4, Checkpoint("100", 0))
    assert Seen.of({**row, "checkpointOwner": {}}).owner == "next"


def test_what_handlers_write_is_read_but_for_a_line_that_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "handled.txt"
    assert read_handled(path) == []
    path.write_text(f"a 1 {SHARD} {offset_of(101)} 11.5 7\na 2 sha")
    assert read_handled(path) == [Handled("a", 1, SHARD, offset_of(101), 11.5, OURS, 7)]


def test_what_java_says_is_read() -> None:
    event: Mapping[str, object] = {
        "t": 11.5,
        "shard": SHARD,
        "seq": "101",
        "sub": "2",
        "data": '{"key":"a","number":1}',
    }
    assert handled_by_java("w", [event]) == [Handled("a", 1, SHARD, offset_of(101, 2), 11.5, "w", 0)]
