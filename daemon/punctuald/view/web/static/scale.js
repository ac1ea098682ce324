// From values to places along an axis, and which values have a line there: as view/charts/scale.py does it.

const FLAT = 1e-12;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

export function scale(low, high, begin, end, isLog = false) {
  const scaled = (value) => (isLog ? Math.log10(Math.max(value, FLAT)) : value);
  const from = scaled(low),
    to = scaled(high);
  return (value) => begin + ((scaled(Math.min(Math.max(value, low), high)) - from) / (to - from || 1)) * (end - begin);
}

function step(span, most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(span, FLAT) / most));
  return [1, 2, 5, 10].map((factor) => factor * power).find((each) => span / each <= most * (1 + 1e-9));
}

function valuesOf(chart) {
  const series = chart.series.map((each) => each.y);
  if (chart.kind !== "stacked") return series.flat();
  return (series[0] ?? []).map((_, at) => series.reduce((sum, each) => sum + (each[at] ?? 0), 0));
}

// What the y axis spans: from 0 up; of logarithms whole decades.
export function yRange(chart) {
  const values = [...valuesOf(chart), ...chart.thresholds.map((each) => each.value)].filter((value) => value !== null);
  if (chart.y_axis.is_log) {
    const known = values.filter((value) => value > 0);
    const low = Math.floor(Math.log10(Math.min(...(known.length ? known : [1]))));
    const high = Math.ceil(Math.log10(Math.max(...(known.length ? known : [1]))));
    return [10 ** low, 10 ** Math.max(high, low + 1)];
  }
  const greatest = Math.max(0, ...values);
  const high = greatest > FLAT ? greatest : 1;
  const each = step(high, 4);
  return [0, Math.ceil(high / each - FLAT) * each];
}

export function ticks(axis, low, high, most) {
  if (axis.is_log) {
    const first = Math.round(Math.log10(low)),
      last = Math.round(Math.log10(high));
    const each = Math.max(1, Math.ceil((last - first) / most));
    return Array.from({ length: Math.floor((last - first) / each) + 1 }, (_, at) => 10 ** (first + at * each));
  }
  const each = axis.unit === "count" ? Math.max(1, step(high - low, most)) : step(high - low, most);
  const first = Math.ceil(low / each - 1e-6);
  return Array.from({ length: Math.floor(high / each + 1e-6) - first + 1 }, (_, at) => (first + at) * each);
}

export function timeTicks(low, high, most) {
  const each = STEPS.find((step) => (high - low) / step <= most) ?? STEPS.at(-1);
  const first = Math.ceil(low / each);
  const count = Math.max(0, Math.floor(high / each) - first + 1);
  return { moments: Array.from({ length: count }, (_, at) => (first + at) * each), withSeconds: each < 60 };
}
