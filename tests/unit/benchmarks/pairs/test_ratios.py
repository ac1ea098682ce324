"""Neighbouring turns give a ratio each; their median and quartiles are the figure."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.canned.wire import Authority, Wire
from benchmarks.figures import Figure
from benchmarks.pairs.goals import efficiency_goals, speed_goals
from benchmarks.pairs.options import RIVALS, parse
from benchmarks.pairs.ratios import Pair, Quartiles, Reading, Tally, Turn, quartiles


def turn(*, messages: int, cpu_seconds: float, seconds: float = 2.0, server_cpu_seconds: float = 0.0) -> Turn:
    begin = Reading(Tally(100.0, 5_000, 7.0), 100.001, 40.0)
    tally = Tally(100.0 + seconds, 5_000 + messages, 7.0 + server_cpu_seconds)
    return Turn(begin, Reading(tally, 100.001 + seconds, 40.0 + cpu_seconds))


def test_a_turn_counts_what_came_between_its_readings() -> None:
    one = turn(messages=3_000, cpu_seconds=0.5, server_cpu_seconds=1.0)

    assert one.messages == 3_000
    assert one.messages_per_second == pytest.approx(1_500)
    assert one.cpu_share == pytest.approx(0.25)
    assert one.messages_per_cpu_second == pytest.approx(6_000)
    assert one.server_share == pytest.approx(0.5)


def test_messages_and_cpu_are_each_divided_by_their_own_interval() -> None:
    begin = Reading(Tally(10.0, 0), 10.0, 0.0)
    late = Turn(begin, Reading(Tally(11.0, 1_000), 12.0, 1.0))  # its CPU was read a second after its messages

    assert late.messages_per_second == pytest.approx(1_000)
    assert late.messages_per_cpu_second == pytest.approx(2_000)


def test_a_pair_says_how_many_times_theirs_ours_is() -> None:
    pair = Pair(ours=turn(messages=4_000, cpu_seconds=1.0), theirs=turn(messages=2_000, cpu_seconds=0.25))

    assert pair.speed_ratio == pytest.approx(2.0)
    assert pair.efficiency_ratio == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7.0], Quartiles(7.0, 7.0, 7.0)),
        ([1.0, 2.0], Quartiles(1.25, 1.5, 1.75)),
        ([5.0, 1.0, 3.0, 2.0, 4.0], Quartiles(2.0, 3.0, 4.0)),
    ],
)
def test_quartiles_lie_within_the_values(values: list[float], expected: Quartiles) -> None:
    assert quartiles(values) == expected


@pytest.mark.parametrize(
    ("median", "lower", "verdict"),
    [(2.0, 1.8, "met"), (2.0, 1.3, "MISSED"), (1.4, 1.4, "MISSED"), (1.5, 1.35, "met")],
)
def test_a_goal_is_met_by_a_median_whose_lower_quartile_is_within_a_tenth_of_it(
    median: float, lower: float, verdict: str
) -> None:
    assert Figure("ratio", median, at_least=1.5, quartiles=(lower, 9.0)).verdict == verdict


def test_the_goals_near_are_for_a_plain_wire_and_those_far_for_tls() -> None:
    authority = Authority(Path("ca.pem"), Path("server.pem"))
    near, far, far_plain = Wire(), Wire(0.008, authority), Wire(0.008)

    assert efficiency_goals(near)["floor"] == 0.6
    assert not speed_goals(near)
    assert efficiency_goals(far)["rust-sdk"] == 1.0
    assert speed_goals(far)["fanferro"] == 5.0
    assert not efficiency_goals(far_plain)
    assert not speed_goals(far_plain)


def test_options_name_wires_rivals_and_seconds(tmp_path: Path) -> None:
    options = parse(["--latency", "8,20", "--tls", "--seconds", "12", "--against", "go-sdk,floor"])

    assert options.rivals == ("go-sdk", "floor")
    assert options.rules.pairs == 6
    assert [wire.name for wire in options.wires(tmp_path)] == ["8ms-tls", "20ms-tls"]


def test_without_options_ours_is_measured_against_everybody_near_and_plain(tmp_path: Path) -> None:
    options = parse([])

    assert options.rivals == RIVALS
    assert options.rules.pairs == 15
    assert [wire.name for wire in options.wires(tmp_path)] == ["0ms-plain"]


@pytest.mark.parametrize("arguments", [["--against", "nobody"], ["--turn", "0.1"], ["--latency", "fast"]])
def test_a_wrong_option_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        parse(arguments)
