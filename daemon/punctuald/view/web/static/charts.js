// Draws the description of a chart (view/charts/chart.py) as SVG.

import { svg } from "./elements.js";
import { scale, ticks, timeTicks, yRange } from "./scale.js";
import { clock, onAxis } from "./words.js";

const COLOURS = 9;
const CHARACTER = 6.8,
  LINE = 18,
  GAP = 12,
  TOP = 6,
  HEIGHT = 150,
  NARROWEST = 60,
  STRENGTHS = 16;

// What the names at the y axis need to the left of the plot.
export function marginOf(chart) {
  const labels = () => ticks(chart.y_axis, ...yRange(chart), 4).map((each) => onAxis(chart.y_axis, each));
  const names = chart.kind === "heat" ? chart.series.map((each) => each.name) : labels();
  return Math.max(NARROWEST, ...names.map((each) => each.length * CHARACTER + GAP));
}

// The places of a chart of that width whose axis of time goes from begin to end.
export function plotOf(chart, width, margin, begin, end) {
  const rows = chart.kind === "heat";
  const [low, high] = rows ? [0, Math.max(chart.series.length, 1)] : yRange(chart);
  const left = Math.min(margin, width * 0.4);
  const right = width - GAP,
    bottom = TOP + HEIGHT;
  return {
    left,
    right,
    top: TOP,
    bottom,
    width,
    height: bottom + LINE * 1.5,
    low,
    high,
    x: scale(begin, end, left, right),
    y: scale(low, high, bottom, TOP, !rows && chart.y_axis.is_log),
    begin,
    end,
  };
}

export function draw(chart, plot) {
  const known = chart.series.some((each) => each.y.some((value) => value !== null));
  const parts = known
    ? [...grid(chart, plot), ...bodies[chart.kind](chart, plot)]
    : [text("Nothing is known.", plot.left, TOP + LINE)];
  return [...bands(chart, plot), ...parts, ...limits(chart, plot), ...timeAxis(plot), ...marks(chart, plot)];
}

const text = (content, x, y, attributes = {}) =>
  svg("text", { class: "axis", x: x.toFixed(1), y: y.toFixed(1), ...attributes }, content);
const path = (d, name) => svg("path", { d, class: name });
const joined = (points) => points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");

function* grid(chart, plot) {
  if (chart.kind === "heat") return;
  for (const value of ticks(chart.y_axis, plot.low, plot.high, 4)) {
    yield path(`M${plot.left} ${plot.y(value).toFixed(1)}H${plot.right}`, "rule");
    yield text(onAxis(chart.y_axis, value), plot.left - 6, plot.y(value) + 4, { "text-anchor": "end" });
  }
}

function* timeAxis(plot) {
  const { moments, withSeconds } = timeTicks(
    plot.begin,
    plot.end,
    Math.max(2, Math.floor((plot.right - plot.left) / 90)),
  );
  yield path(`M${plot.left} ${plot.bottom}H${plot.right}`, "rule");
  for (const moment of moments) {
    const at = plot.x(moment);
    const anchor = at > plot.right - 3 * CHARACTER ? "end" : "middle";
    yield text(clock(moment).slice(0, withSeconds ? 8 : 5), at, plot.bottom + LINE, { "text-anchor": anchor });
  }
}

function* bands(chart, plot) {
  for (const band of chart.bands) {
    const begin = plot.x(band.begin),
      width = Math.max(1, plot.x(band.end) - begin);
    yield svg("rect", { class: "band", x: begin, y: plot.top, width, height: HEIGHT }, svg("title", {}, band.text));
  }
}

function* limits(chart, plot) {
  for (const limit of chart.thresholds) {
    const at = plot.y(limit.value);
    yield path(`M${plot.left} ${at.toFixed(1)}H${plot.right}`, "limit");
    // Not up to the end, where the line of the newest moment is.
    yield text(limit.name, plot.right - 4, at < TOP + LINE ? at + LINE * 0.75 : at - 4, {
      class: "limit-name",
      "text-anchor": "end",
    });
  }
}

function* marks(chart, plot) {
  for (const mark of chart.marks) {
    const line = `M${plot.x(mark.x).toFixed(1)} ${plot.top}V${plot.bottom}`;
    yield svg("path", { d: line, class: `mark mark-${mark.kind}` }, svg("title", {}, `${clock(mark.x)} ${mark.text}`));
  }
}

// Runs of neighbouring values that are known: what is not is a gap.
function knownRuns(series) {
  const runs = [[]];
  series.y.forEach((value, at) => (value === null ? runs.push([]) : runs.at(-1).push([series.x[at], value])));
  return runs.filter((run) => run.length);
}

function stepped(points) {
  return points.flatMap(([x, y], at) =>
    at
      ? [
          [x, points[at - 1][1]],
          [x, y],
        ]
      : [[x, y]],
  );
}

function* lines(chart, plot) {
  for (const [number, series] of chart.series.entries()) {
    for (const run of knownRuns(series)) {
      const points = run.map(([x, y]) => [plot.x(x), plot.y(y)]);
      const colour = number % COLOURS;
      if (points.length === 1)
        yield svg("circle", { class: `fill${colour}`, cx: points[0][0], cy: points[0][1], r: 2 });
      else yield path(`M${joined(series.shape === "step" ? stepped(points) : points)}`, `line${colour} dash${colour}`);
    }
  }
}

function* stacked(chart, plot) {
  const times = chart.series[0]?.x ?? [];
  const isKnown = times.map((_, at) => chart.series.some((each) => each.y[at] !== null));
  const runs = [[]];
  isKnown.forEach((known, at) => (known ? runs.at(-1).push(at) : runs.push([])));
  for (const run of runs.filter((each) => each.length)) yield* layers(chart, plot, run);
}

function* layers(chart, plot, run) {
  let lower = run.map(() => 0);
  for (const [number, series] of chart.series.entries()) {
    const upper = run.map((at, place) => lower[place] + (series.y[at] ?? 0));
    const edge = (values) => run.map((at, place) => [plot.x(series.x[at]), plot.y(values[place])]);
    const only = edge(upper)[0],
      base = edge(lower)[0];
    if (run.length === 1)
      yield svg("rect", {
        class: `fill${number % COLOURS}`,
        x: only[0] - 2,
        y: only[1],
        width: 4,
        height: base[1] - only[1],
      });
    else yield path(`M${joined([...edge(upper), ...edge(lower).reverse()])}Z`, `fill${number % COLOURS}`);
    lower = upper;
  }
}

// Cells that are as strong in colour as one another are one path: an hour has thousands of them. The square root of a
// cell's share of the greatest is its strength, so that few messages far from the others can be seen.
function* heat(chart, plot) {
  const greatest = Math.max(1, ...chart.series.flatMap((each) => each.y));
  const height = HEIGHT / chart.series.length,
    each = Math.max(1, Math.round(LINE / height));
  const levels = Array.from({ length: STRENGTHS }, () => []);
  for (const [row, series] of chart.series.entries()) {
    const y = plot.y(row + 1);
    if (row % each === 0) yield text(series.name, plot.left - 6, y + height / 2 + 4, { "text-anchor": "end" });
    series.y.forEach((value, at) => {
      if (!value) return;
      const x = plot.x(series.x[at]),
        width = Math.max(1, plot.x(series.x[at + 1] ?? plot.end) - x);
      const level = Math.ceil(Math.sqrt(value / greatest) * STRENGTHS) - 1;
      levels[level].push(
        `M${x.toFixed(1)} ${y.toFixed(1)}h${width.toFixed(1)}v${height.toFixed(1)}h${(-width).toFixed(1)}Z`,
      );
    });
  }
  for (const [level, cells] of levels.entries()) {
    if (cells.length)
      yield svg("path", { class: "cell", d: cells.join(""), opacity: ((level + 1) / STRENGTHS).toFixed(2) });
  }
}

const bodies = { lines, stacked, heat };
