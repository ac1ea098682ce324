"""docs/operations.md has every field of the status document and no other, and so has the one that tests draw."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from doubles import status_documents
from doubles.process.status_bench import PID, StatusBench
from doubles.stats.scripted_figures import decision, queue_figures, tier_figures, waits
from punctuald.model import Stage
from punctuald.policy.sla.windows import Look
from punctuald.process.channel.operator_frames import Explained
from punctuald.stats.board.cells import cell_of_half, halves
from punctuald.stats.figures.histogram import Histogram
from punctuald.stats.figures.intervals import Interval

PAGE = (Path(__file__).parents[5] / "docs" / "operations.md").read_text(encoding="utf-8")
TABLE = PAGE.split("### The status document")[1].split("\n## ")[0]
NAMED_BY_DATA = {"stages": "STAGE", "caps": "GUARD"}


def fields(part: Any, path: str = "") -> Iterator[str]:
    """The paths of all values below ``part``, as the page writes them."""
    if isinstance(part, Mapping):
        for name, value in part.items():
            parent = path.rpartition(".")[2]
            yield from fields(value, f"{path}.{NAMED_BY_DATA.get(parent, name)}")
    elif isinstance(part, list):
        for each in part:
            yield from fields(each, f"{path}[]")
    else:
        yield path


def full_document() -> dict[str, Any]:
    """With something in each of its parts."""
    bench = StatusBench()
    bench.pool()
    bench.worker(0, PID).handler_slot(0).start("a", 0, bench.clock.mono())
    bench.look(Look(met=1))
    bench.figures.waits = waits(3, read_mono=bench.clock.mono())
    bench.figures.decided = decision(0.5)
    measured = dict.fromkeys(Stage, Histogram(cell_of_half(*halves([0.1])), (1,), 100_000, 100_000))
    tier = replace(tier_figures(1, 1.0), stages=measured)
    bench.figures.interval = Interval(tiers=(tier,), queues=(queue_figures(received=1),))
    bench.decisions.add(Explained('{"workers": 1, "reason": "backlog", "cap_cpu": 8, "head_age_seconds": 0.5}'))
    document: dict[str, Any] = orjson.loads(orjson.dumps(bench.read()))
    return document


def test_the_page_has_every_field_and_no_other() -> None:
    rows = [line.split("|")[1] for line in TABLE.splitlines() if line.startswith("| `")]
    on_the_page = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert len(on_the_page) == len(set(on_the_page))
    assert set(on_the_page) == set(fields(full_document()))


def test_the_document_that_renderers_are_tested_with_has_the_same_fields() -> None:
    assert set(fields(status_documents.document())) == set(fields(full_document()))
