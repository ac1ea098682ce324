"""What rules.yml, its tests and the dashboard ask for is what the daemon has: each metric, and each label of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from doubles.stats.daemon_on_a_board import read_daemon, written_board
from doubles.status_documents import document, worker
from punctuald.view.metrics import page

PROJECT = Path(__file__).parents[4]
MONITORING = PROJECT / "docs" / "monitoring"
FILES = [*sorted(MONITORING.iterdir()), *sorted((PROJECT / "tests" / "peers" / "prometheus").glob("*.yml"))]
SELECTOR = re.compile(r"\b(punctuald_\w+)(?:\{([^}]*)\})?")
OF_PROMETHEUS = {"job", "instance"}


def samples() -> Iterator[tuple[str, frozenset[str]]]:
    families = page.families(read_daemon(written_board()), document(workers=[worker(0, pss_bytes=1)]))
    return ((sample.name, frozenset(sample.labels)) for family in families for sample in family.samples)


LABELS = dict(samples())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_it_names_is_there(path: Path) -> None:
    named = list(SELECTOR.finditer(path.read_text(encoding="utf-8").replace('\\"', '"')))
    assert len(named) > 10
    assert [match[1] for match in named if match[1] not in LABELS] == []
    unknown = {
        (match[1], label)
        for match in named
        for label in re.findall(r"(\w+)(?:=~|!=|=)\"", match[2] or "")
        if label not in LABELS[match[1]] | OF_PROMETHEUS
    }
    assert unknown == set()


def test_each_alert_is_on_the_page() -> None:
    alerts = re.findall(r"- alert: (\w+)", (MONITORING / "rules.yml").read_text(encoding="utf-8"))
    written = (PROJECT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    assert alerts == re.findall(r"^\| `(Punctuald\w+)` \|", written, re.MULTILINE)
