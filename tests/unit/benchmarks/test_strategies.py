"""The table of strategies and its pictures say the same, and say it of every row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks.strategies import stream, topic
from benchmarks.strategies.page import BEGIN, DOCS, END, rows_of, tables, write
from benchmarks.strategies.picture import DARK, LIGHT, Palette, draw
from benchmarks.strategies.row import Outcome, Row, TierRow
from benchmarks.strategies.traffic import steady
from benchmarks.strategies.trickle import STRATEGIES, measure
from benchmarks.strategies.work import WORK_SECONDS, read_ledger

SVG = "{http://www.w3.org/2000/svg}"
PICTURES = ("strategies-light.svg", "strategies-dark.svg")

LATE = Row("1. Late", [30.0] * 90 + [58.2] * 10, 2.0)
QUICK = Row("2. Quick & <first>", [0.07] * 94 + [0.9] * 6, 11.25, own=True)
MISSING = Row("3. Elsewhere", left_out="there is no <server>")
MIX = TierRow("4a. Any", {"peak_hours": LATE, "off_hours": QUICK, "batch_mode": QUICK})
OUTCOME = Outcome([LATE, QUICK, MISSING], [MIX], "Measured somewhere.")


def marked(picture: str, name: str) -> Sequence[ET.Element]:
    root = ET.fromstring(picture)  # noqa: S314 - our own; raises where it is not well-formed
    return [each for each in root.iter() if each.get("class") == name]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_a_picture_has_a_bar_and_a_figure_for_each_measured_row(palette: Palette) -> None:
    picture = draw(OUTCOME.picture_rows(), palette)

    assert [each.text for each in marked(picture, "p95")] == ["58 s", "0.90 s", "58 s"]
    assert len(marked(picture, "bar")) == len(marked(picture, "p50")) == 3
    assert len(marked(picture, "target")) == 3
    assert "left out: there is no &lt;server&gt;" in picture


def test_a_picture_says_in_words_what_it_shows() -> None:
    root = ET.fromstring(draw(OUTCOME.picture_rows(), LIGHT))  # noqa: S314

    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")

    assert title is not None
    assert description is not None
    assert "1. Late: P95 58 s, P50 30 s; 2. Quick & <first>: P95 0.90 s" in (description.text or "")


def test_bars_grow_with_the_figure_and_a_target_is_where_a_bar_of_its_length_ends() -> None:
    rows = [Row(str(seconds), [seconds]) for seconds in (0.05, 1.0, 5.0, 50.0)]

    picture = draw(rows, LIGHT)
    bars = [float(each.attrib["x"]) + float(each.attrib["width"]) for each in marked(picture, "bar")]
    targets = [float(each.attrib["d"].partition("V")[0].split()[0][1:]) for each in marked(picture, "target")]

    assert bars == sorted(bars)
    assert targets[0] == pytest.approx(bars[2], abs=0.2)  # 5 s
    assert targets[2] == pytest.approx(bars[1], abs=0.2)  # 1 s


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_colours_can_be_told_from_their_ground(palette: Palette) -> None:
    for colour in (palette.text, palette.quiet):
        assert contrast(colour, palette.ground) >= 7
    for colour in (palette.script, palette.daemon, palette.target):
        assert contrast(colour, palette.ground) >= 3


def contrast(first: str, second: str) -> float:
    """As WCAG 2 reckons it."""
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_row_tells_which_targets_it_keeps() -> None:
    table = tables(OUTCOME)

    assert "| 1. Late | 30 s | 58 s | 58 s | none | 0 % | 0 % | 0 % | 100 % | 2.0 |" in table
    assert "| 2. Quick & <first> | 0.07 s | 0.90 s | 0.90 s | 5 s, 3 s, 1 s | 100 % |" in table
    assert "| 3. Elsewhere | left out: there is no <server> |" in table


def test_nothing_is_called_complete_that_is_not() -> None:
    nearly = Row("1. Nearly", [0.1] * 9_999 + [5.1])

    assert "| 99.9 % |" in tables(Outcome([nearly], [], ""))


def test_a_run_writes_its_part_of_the_page_and_leaves_the_rest(tmp_path: Path) -> None:
    (tmp_path / "strategies.md").write_text(f"Before\n{BEGIN}\nold\n{END}\nAfter\n")

    write(OUTCOME, tmp_path)
    write(OUTCOME, tmp_path)

    page = (tmp_path / "strategies.md").read_text()
    assert page.startswith("Before\n")
    assert page.endswith("After\n")
    assert "old" not in page
    assert page.count("| 1. Late |") == 1
    for name in PICTURES:
        compare(page, (tmp_path / name).read_text())


@pytest.mark.parametrize("name", PICTURES)
def test_the_pages_tables_and_pictures_are_of_one_run(name: str) -> None:
    page = (DOCS / "strategies.md").read_text(encoding="utf-8")

    compare(page, (DOCS / name).read_text(encoding="utf-8"))
    assert name in page


def compare(page: str, picture: str) -> None:
    rows = list(rows_of(page))
    description = ET.fromstring(picture).findtext(f"{SVG}desc")  # noqa: S314
    assert description is not None
    described = description.removesuffix(".").split("; ")

    assert len(rows) == len(described) > 3
    for (name, p95), words in zip(rows, described, strict=True):
        assert words.startswith(name)
        assert f"P95 {p95}," in words if p95 else "P95" not in words
    figures = [each.text for each in marked(picture, "p95")]
    assert figures == [p95 for _, p95 in rows if p95]
    assert len(marked(picture, "bar")) == len(figures)


@pytest.mark.parametrize("measure", [topic.measure, stream.measure], ids=["Kafka", "Kinesis"])
def test_the_row_of_another_source_is_the_real_daemons_on_the_demos_server(
    measure: Callable[..., Row], tmp_path: Path
) -> None:
    row = measure(tmp_path, steady(5, 0.05))

    assert len(row.seconds) == 5
    assert min(row.seconds) >= WORK_SECONDS


def test_of_an_event_that_was_handled_twice_the_first_time_counts() -> None:
    handled = read_ledger([b"7 peak_hours 100.0 100.5", b"8 - 101.0 104.0", b"7 peak_hours 100.0 130.5"])

    assert {number: each.seconds for number, each in handled.items()} == {7: 0.5, 8: 3.0}


@pytest.mark.parametrize("script", ["2.", "3.", "4."])
def test_a_script_handles_and_deletes_each_event(script: str, tmp_path: Path) -> None:
    (strategy,) = (each for each in STRATEGIES if each.name.startswith(script))

    row = measure(strategy, tmp_path / "run", steady(5, 0.01))

    assert len(row.seconds) == 5
    assert min(row.seconds) >= WORK_SECONDS
    assert row.requests_per_message is not None
    assert row.requests_per_message > 0
