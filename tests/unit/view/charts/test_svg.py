"""Charts drawn as SVG: what is known is in them, gaps are gaps, and whatever a name holds, it stays a name."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from punctuald.view.charts.chart import Axis, Band, Chart, Kind, Mark, MarkKind, Series, Shape, Threshold, Unit
from punctuald.view.charts.style import STYLE, Theme
from punctuald.view.charts.svg import NARROW, WIDE, Size, svg

TIME = Axis("time", Unit.TIME)
SECONDS = Axis("p95", Unit.SECONDS)
NOON = 1_795_780_800.0  # 2026-11-27 12:00 UTC
NS = {"svg": "http://www.w3.org/2000/svg"}


def chart(*values: float | None, kind: Kind = Kind.LINES, shape: Shape = Shape.LINE, axis: Axis = SECONDS) -> Chart:
    places = tuple(NOON + 60 * number for number in range(len(values)))
    return Chart("Latency", kind, TIME, axis, (Series("peak", places, values, shape),))


def drawn(described: Chart, size: Size = WIDE) -> ET.Element:
    return ET.fromstring(svg(described, size))  # noqa: S314 - our own


def classes(root: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in root.iter() if name in each.get("class", "").split()]


def test_a_curve_is_broken_where_nothing_is_known() -> None:
    assert len(classes(drawn(chart(1.0, 2.0, None, 3.0, 4.0)), "line0")) == 2
    assert len(classes(drawn(chart(1.0, 2.0, 3.0, 4.0)), "line0")) == 1


def test_a_value_between_gaps_is_a_dot() -> None:
    dots = [each for each in drawn(chart(1.0, 1.0, None, 3.0, None)).iter() if each.tag.endswith("circle")]
    assert len(dots) == 1


def test_a_chart_of_nothing_says_so() -> None:
    assert "Nothing is known." in svg(chart(None, None))
    assert "Nothing is known." not in svg(chart(0.0, None))


def test_greater_values_stand_higher() -> None:
    [line] = classes(drawn(chart(1.0, 4.0, 2.0)), "line0")
    heights = [float(point.split()[1]) for point in line.get("d", "")[1:].split("L")]
    assert heights[1] < heights[2] < heights[0]


def test_a_step_holds_its_value_until_the_next() -> None:
    [line] = classes(drawn(chart(1.0, 4.0, shape=Shape.STEP)), "line0")
    (_, first), (at, corner), (end, _) = [tuple(point.split()) for point in line.get("d", "")[1:].split("L")]
    assert (corner, at) == (first, end)


@pytest.mark.parametrize("size", [WIDE, NARROW])
@pytest.mark.parametrize("kind", [Kind.LINES, Kind.STACKED, Kind.HEAT])
def test_nothing_is_drawn_outside(kind: Kind, size: Size) -> None:
    root = drawn(chart(1.0, 1e6, 0.0, None, 5.0, kind=kind), size)
    _, _, width, height = map(float, root.get("viewBox", "").split())
    for path in root.iter(f"{{{NS['svg']}}}path"):
        for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.get("d", "")):
            assert 0 <= float(x) <= width
            assert 0 <= float(y) <= height
    for rect in root.iter(f"{{{NS['svg']}}}rect"):
        assert 0 <= float(rect.get("x", "")) <= float(rect.get("x", "")) + float(rect.get("width", "")) <= width


@pytest.mark.parametrize("values", [(1.0, 2.0), (1.0, 2.0, 3.0)])
def test_the_last_of_few_cells_is_as_wide_as_the_others_and_within_the_axes(values: tuple[float, ...]) -> None:
    cells = classes(drawn(chart(*values, kind=Kind.HEAT)), "cell")
    widths = [float(cell.get("width", "")) for cell in cells]
    assert widths == pytest.approx(widths[:1] * len(values))
    assert float(cells[-1].get("x", "")) + widths[-1] <= WIDE.width


def test_a_layer_that_is_known_at_one_place_only_can_be_seen() -> None:
    [layer] = classes(drawn(chart(None, 3.0, None, kind=Kind.STACKED)), "fill0")[1:]
    places = {float(x) for x in re.findall(r"(-?[\d.]+) -?[\d.]+", layer.get("d", ""))}
    assert max(places) - min(places) >= 2


@pytest.mark.parametrize("name", ["a_tier_with_a_name_without_any_place_to_break_it", "a tier " * 12])
def test_a_long_title_has_as_many_lines_as_it_needs_and_all_its_words(name: str) -> None:
    described = replace(chart(1.0, 2.0), title=f"{name.strip()}: how long messages took")
    root = drawn(described, NARROW)
    lines = classes(root, "title")
    assert len(lines) > 1
    assert "".join(str(line.text) for line in lines).replace(" ", "") == described.title.replace(" ", "")
    plot_top = min(float(rule.get("d", "").split()[1].partition("H")[0]) for rule in classes(root, "rule"))
    [swatch] = [rect for rect in classes(root, "fill0") if rect.tag.endswith("rect")]
    assert max(float(line.get("y", "")) for line in lines) < float(swatch.get("y", "")) < plot_top


def test_a_name_that_is_longer_than_the_chart_is_wide_is_cut_and_said_whole_under_the_pointer() -> None:
    name = "interactive_" * 12
    described = replace(chart(1.0), series=(Series(name, (NOON,), (1.0,)),))
    shown = next(text for text in drawn(described, NARROW).iter(f"{{{NS['svg']}}}text") if text.get("x") == "19")
    assert str(shown.text).endswith("…")
    assert len(str(shown.text)) * 6.8 < NARROW.width
    assert shown.findtext("svg:title", namespaces=NS) == name


def test_names_of_others_can_not_leave_their_place() -> None:
    hostile = "<script>alert(1)</script>&"
    described = Chart(
        hostile,
        Kind.LINES,
        TIME,
        SECONDS,
        (Series(hostile, (NOON,), (1.0,)),),
        marks=(Mark(NOON, hostile, MarkKind.DEATH),),
        bands=(Band(NOON, NOON, hostile),),
        thresholds=(Threshold(hostile, 1.0),),
        summary=hostile,
    )
    root = drawn(described)
    assert not [each for each in root.iter() if each.tag.endswith("script")]
    assert [each.text for each in root.iter() if each.text == hostile] == [hostile] * 7


def test_a_bar_is_as_long_as_its_value_and_says_it() -> None:
    axis = Axis("cause", Unit.COUNT, categories=("outage", "queue"))
    described = Chart(
        "Misses", Kind.BARS, axis, Axis("messages", Unit.COUNT), (Series("late", (0.0, 1.0), (30.0, 10.0)),)
    )
    root = drawn(described)
    wide, narrow = (float(bar.get("width", "")) for bar in classes(root, "fill0"))
    assert wide == pytest.approx(3 * narrow, rel=0.01)
    assert {"outage", "queue", "30", "10"} <= {each.text for each in root.iter()}


def test_it_has_words_for_who_can_not_see_it() -> None:
    root = drawn(chart(1.0, 2.0))
    names = {each.get("id") for each in root if each.tag.endswith(("title", "desc"))}
    assert root.get("role") == "img"
    assert set(root.get("aria-labelledby", "").split()) == names


@pytest.mark.parametrize("theme", Theme)
def test_a_chart_that_stands_alone_has_its_colours(theme: Theme) -> None:
    assert "--paper" in svg(chart(1.0, 2.0), theme=theme)


def test_in_a_page_no_element_has_a_style_of_its_own() -> None:
    for kind in (Kind.LINES, Kind.STACKED, Kind.HEAT):
        text = svg(chart(1.0, 2.0, kind=kind))
        assert "style" not in text
        for name in set(re.findall(r'class="([^"]+)"', text)):
            assert name.split()[-1] in STYLE or name in {"title", "mark mark-decision"}
