"""Whether all words of a page can be read: those of charts too, which no browser breaks or scrolls."""

from __future__ import annotations

from browser.tab import Tab

_CHARTS = '[...document.querySelectorAll("svg.chart")].filter((each) => each.getClientRects().length)'
_SMALLEST = """Math.min(...[...document.querySelectorAll("p, td, th, dt, dd, li, summary, svg text")]
  .filter((each) => each.getClientRects().length)
  .map((each) => parseFloat(getComputedStyle(each).fontSize) * (each.getScreenCTM ? each.getScreenCTM().a : 1)))"""
# Half a line of 12 pixels may be shared by two lines: boxes of text are higher than what is drawn of it.
_OVER_ANOTHER = "a.left + 1 < b.right && b.left + 1 < a.right && a.top + 6 < b.bottom && b.top + 6 < a.bottom"
_BADLY_PLACED = f"""{_CHARTS}.flatMap((chart) => {{
  const frame = chart.getBoundingClientRect();
  const words = [...chart.querySelectorAll("text")].map((each) => [each.textContent, each.getBoundingClientRect()]);
  const isOutside = (box) => box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1;
  const cut = words.filter(([, box]) => isOutside(box)).map(([word]) => `${{word}} is cut`);
  const over = words.flatMap(([word, a], at) => words.slice(at + 1)
    .filter(([, b]) => {_OVER_ANOTHER})
    .map(([other]) => `${{word}} and ${{other}} are over one another`));
  return [...cut, ...over];
}})"""


def smallest_pixels(tab: Tab) -> float:
    """The size of the smallest text, as it is seen: that of a chart grows and shrinks with the chart."""
    return float(tab.value(_SMALLEST))


def badly_placed_words(tab: Tab) -> list[str]:
    """Of the charts that are shown."""
    found = tab.value(_BADLY_PLACED)
    assert isinstance(found, list)
    return found
