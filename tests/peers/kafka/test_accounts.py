"""The accounts charge what must not happen, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from peers.kafka.accounts import Accounts, judge
from peers.kafka.commit_watch import Look
from peers.kafka.handled import NOT_TOLD, Handled, read_handled, write_handled
from peers.kafka.load import Sent
from peers.log.verdict import ChargeKind, Verdict

SENT = [Sent("a", number, 0, number, float(number)) for number in range(4)]


def ran(number: int, utc: float, offset: int = NOT_TOLD, pid: int = 7) -> Handled:
    return Handled("a", number, 0, offset, utc, pid)


def looked(utc: float, offset: int) -> Look:
    return Look(utc, {0: offset})


def verdict(handled: Sequence[Handled], looks: Sequence[Look] = (), handler_seconds: float = 0.0) -> Verdict:
    return judge(Accounts(SENT, handled, looks, handler_seconds))


IN_ORDER = [ran(number, 10.0 + number) for number in range(4)]


def test_all_in_order_and_once_is_clean_and_measured_from_when_it_was_due() -> None:
    clean = verdict(IN_ORDER, [looked(9.0, 0), looked(13.5, 4)])
    assert (clean.charges, clean.sent, clean.handled, clean.duplicates) == ([], 4, 4, 0)
    assert clean.latencies == [10.0] * 4
    assert str(clean) == "sent 4  handled 4  again 0  P95 10000 ms  clean"


def test_what_nobody_handled_is_lost_unless_it_is_a_dead_letter() -> None:
    assert verdict(IN_ORDER[:3]).kinds == {ChargeKind.LOST}
    assert judge(Accounts(SENT, IN_ORDER[:3], dead_letters={("a", 3)})).charges == []


def test_a_first_run_after_a_later_record_of_its_key_is_out_of_order() -> None:
    assert verdict([ran(0, 1.0), ran(2, 2.0), ran(1, 3.0), ran(3, 4.0)]).kinds == {ChargeKind.OUT_OF_ORDER}


def test_what_is_not_committed_may_be_handled_again_from_there_on() -> None:
    again = [*IN_ORDER[:3], ran(1, 20.0, pid=8), ran(2, 21.0, pid=8), ran(3, 22.0, pid=8)]
    seen = verdict(again, [looked(19.0, 1), looked(25.0, 4)])
    assert (seen.charges, seen.duplicates) == ([], 2)


def test_what_is_committed_may_not_be_handled_again() -> None:
    again = [*IN_ORDER, ran(1, 20.0)]
    assert verdict(again, [looked(19.0, 2)]).kinds == {ChargeKind.AGAIN_THOUGH_COMMITTED}
    assert verdict(again, [looked(19.0, 2)], handler_seconds=2.0).charges == []


def test_a_commit_before_the_end_of_the_handler_is_charged() -> None:
    assert verdict(IN_ORDER, [looked(12.5, 4)]).kinds == {ChargeKind.COMMITTED_UNHANDLED}


def test_a_committed_offset_that_goes_back_or_away_is_charged() -> None:
    back = verdict(IN_ORDER, [looked(20.0, 3), looked(20.1, 2), looked(20.2, 4)])
    assert [charge.text for charge in back.charges] == ["partition 0: 3 to 2"]
    assert verdict(IN_ORDER, [looked(20.0, 3), Look(20.1, {})]).kinds == {ChargeKind.REWOUND}


def test_what_was_never_sent_or_lies_elsewhere_is_charged() -> None:
    assert verdict([*IN_ORDER, ran(9, 20.0)]).kinds == {ChargeKind.UNKNOWN}
    assert verdict([*IN_ORDER[:3], ran(3, 13.0, offset=77)]).kinds == {ChargeKind.MISPLACED}


def test_handlers_lines_are_read_as_written_but_for_one_that_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "handled.txt"
    assert read_handled(path) == []
    for run in IN_ORDER:
        write_handled(path, run)
    with path.open("a") as file:
        file.write("a 9 0")
    assert read_handled(path) == IN_ORDER
