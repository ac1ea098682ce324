// Numbers as people read them: the same words as in a terminal (view/terminal/human.py).

export const UNKNOWN = "–";

const MINUTE = 60,
  HOUR = 3600,
  DAY = 86400;
const UNITS = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

// Like Python's "%.2f": a value right between two texts becomes the even one, where toFixed takes the greater.
export function fixed(value, digits) {
  const exact = value.toFixed(Math.min(100, digits + 60));
  const point = exact.indexOf(".");
  const lower = exact.slice(0, digits ? point + 1 + digits : point);
  const isTie = /^50*$/.test(exact.slice(point + 1 + digits));
  return isTie && Number(lower.at(-1)) % 2 === 0 ? lower : value.toFixed(digits);
}

function withUnit(value) {
  if (value < 0.001) return `${fixed(value * 1e6, 0)} µs`;
  if (value < 0.01) return `${fixed(value * 1000, 1)} ms`;
  return value < 0.9995 ? `${fixed(value * 1000, 0)} ms` : `${fixed(value, 2)} s`;
}

export function seconds(value) {
  if (value === null || value === undefined) return UNKNOWN;
  if (value <= 0) return "0 s";
  if (value < MINUTE - 0.005) return withUnit(value);
  const whole = Number(fixed(value, 0));
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  if (whole >= DAY) return `${Math.floor(whole / DAY)}d ${two((whole % DAY) / HOUR)}h`;
  if (whole >= HOUR) return `${Math.floor(whole / HOUR)}h ${two((whole % HOUR) / MINUTE)}m`;
  return `${Math.floor(whole / MINUTE)}m ${two(whole % MINUTE)}s`;
}

export function count(value) {
  if (value === null || value === undefined) return UNKNOWN;
  if (value < 100000) return value.toLocaleString("en-US");
  const [unit, name] = UNITS.find(([least]) => value >= least);
  const inUnits = value / unit;
  return inUnits < 10 ? `${fixed(Math.floor(inUnits * 10) / 10, 1)}${name}` : `${Math.floor(inUnits)}${name}`;
}

export function rate(value) {
  if (value === null || value === undefined) return UNKNOWN;
  if (value >= 1000) return count(Number(fixed(value, 0)));
  return value >= 1 || value === 0 ? fixed(value, 1) : fixed(value, 2);
}

// Never rounded up to the full hundred.
export function share(value) {
  if (value === null || value === undefined) return UNKNOWN;
  const perCent = Number(fixed(value * 100, 2));
  return `${fixed(value < 1 ? Math.min(perCent, 99.99) : perCent, 2)} %`;
}

export const budget = (value) => (value === null || value === undefined ? UNKNOWN : `${fixed(value * 100, 0)} %`);
export const times = (value) => (value === null || value === undefined ? UNKNOWN : `${fixed(value, 1)}x`);

export function bytes(value) {
  return value === null || value === undefined
    ? UNKNOWN
    : `${Number(fixed(value / 2 ** 20, 0)).toLocaleString("en-US")} MB`;
}

export const text = (value) => (value === null || value === undefined || value === "" ? UNKNOWN : String(value));
export const words = (value) => text(value).replaceAll("_", " ");
export const clock = (utcSeconds) => new Date(utcSeconds * 1000).toISOString().slice(11, 19);
export const timeOfDay = (iso) => (iso ? iso.slice(11, 19) : UNKNOWN);

function minutes(value) {
  const whole = Number(fixed(value, 0));
  return `${Math.floor(whole / MINUTE)} min ${String(whole % MINUTE).padStart(2, "0")} s`;
}

function secondsOnAxis(value) {
  if (!value) return "0";
  return value < MINUTE ? withUnit(value) : minutes(value);
}

// A value on an axis of a chart, as a report has it too (view/charts/labels.py); of a time only the time of day.
export function onAxis(axis, value) {
  if (value === null || value === undefined) return UNKNOWN;
  const byUnit = {
    time: clock,
    seconds: secondsOnAxis,
    share,
    per_second: rate,
    count: Number.isInteger(value) ? count : rate,
  };
  return byUnit[axis.unit](value);
}

// What the charts are of, or why there are none; in other words where the next interval has not come in time. `now` is
// by the daemon's clock, in seconds.
export function knownSpan({ text, late_utc, late_text }, now) {
  return late_utc !== null && now > late_utc ? late_text : text;
}
