"""The comparison has ratios of what was measured, and says nothing of who has failed."""

from __future__ import annotations

from benchmarks.comparison.scenes import Throughput
from benchmarks.drained.row import Row, figures
from benchmarks.figures import Figure
from benchmarks.kinesis.contestants import BARE, BOTO3, CONTESTANTS, KCL, OURS
from benchmarks.kinesis.run import GOALS


def figures_of(**per_cpu_second: int) -> dict[str, Figure]:
    rows = {each.name: Row(each.name) for each in CONTESTANTS}
    for name, records in per_cpu_second.items():
        rows[name.replace("_", "-")].rounds.append(Throughput(2.0, records, 1.0))
    return {figure.name: figure for figure in figures(rows, GOALS)}


def test_a_ratio_is_of_records_per_cpu_second() -> None:
    found = figures_of(bare_loop=100_000, boto3_loop=20_000, punctuald=30_000)
    assert found[f"{OURS}: records per CPU-second"].value == 30_000
    beside_bare, beside_boto3 = (found[f"{OURS}, times {theirs}, per CPU-second"] for theirs in (BARE, BOTO3))
    assert (beside_bare.value, beside_bare.verdict) == (0.3, "met")
    assert (beside_boto3.value, beside_boto3.verdict) == (1.5, "met")


def test_who_has_failed_is_in_no_figure() -> None:
    assert not [name for name in figures_of(punctuald=30_000) if KCL in name or BARE in name]


def test_the_middle_of_the_rounds_counts() -> None:
    row = Row("any", rounds=[Throughput(1.0, records, 1.0) for records in (1, 9, 5)])
    assert row.per_cpu_second() == row.per_second() == 5
