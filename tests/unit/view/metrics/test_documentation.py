"""docs/monitoring.md against the code, both ways round: every metric, its type and its labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import Metric as Family

from doubles.stats.daemon_on_a_board import read_daemon, written_board
from doubles.status_documents import document, worker
from punctuald.view.metrics import page

DOCUMENT = Path(__file__).parents[4] / "docs" / "monitoring.md"
ROW = re.compile(r"^\| `(?P<name>punctuald_\w+)` \| (?P<kind>\w+) \| (?P<labels>[^|]*)\|", re.MULTILINE)

Shape = tuple[str, tuple[str, ...]]
"""A metric's type, and its labels."""


def written_in_the_document() -> dict[str, Shape]:
    rows = list(ROW.finditer(DOCUMENT.read_text(encoding="utf-8")))
    assert len(rows) == len({row["name"] for row in rows}), "a metric has two rows"
    return {row["name"]: (row["kind"], tuple(sorted(re.findall(r"`(\w+)`", row["labels"])))) for row in rows}


def families() -> Iterator[Family]:
    return page.families(read_daemon(written_board()), document(workers=[worker(0, pss_bytes=1)]))


def in_the_code() -> dict[str, Shape]:
    return {
        family.name + ("_total" if family.type == "counter" else ""): (family.type, labels_of(family))
        for family in families()
    }


def labels_of(family: Family) -> tuple[str, ...]:
    return tuple(sorted({label for sample in family.samples for label in sample.labels} - {"le"}))


def test_every_metric_is_documented_with_its_type_and_labels() -> None:
    assert written_in_the_document() == in_the_code()


def test_every_metric_says_what_it_means_in_a_sentence() -> None:
    assert [family.name for family in families() if not re.fullmatch(r"[A-Z0-9].+\.", family.documentation)] == []
