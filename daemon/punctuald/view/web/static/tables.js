// The status document as cards and tables. Each figure says where in the document it is (data-path) and how it is
// written (data-as), which the tests hold against the document itself.

import { html } from "./elements.js";
import * as words from "./words.js";

const at = (document, path) => path.split("/").reduce((part, name) => part?.[name], document);

function figure(name, document, path, as, attributes = {}) {
  return html(name, { "data-path": path, "data-as": as, ...attributes }, words[as](at(document, path)));
}

const TIER = [
  ["p50", "interval/p50_seconds", "seconds"],
  ["p95", "interval/p95_seconds", "seconds"],
  ["p99", "interval/p99_seconds", "seconds"],
  ["Slowest", "interval/max_seconds", "seconds"],
  ["Messages", "interval/messages", "count"],
  ["Overdue now", "overdue", "count"],
  ["On time, fast window", "compliance_fast", "share"],
  ["Burn, fast", "burn_fast", "times"],
  ["Burn, slow", "burn_slow", "times"],
  ["On time, in all", "compliance", "share"],
  ["Budget left", "budget_left", "budget"],
];

export function tierCards(document) {
  return document.tiers.map((tier, number) => {
    const path = `tiers/${number}`;
    const late = (name) => name.startsWith("p") && at(tier, `interval/${name}_seconds`) > tier.threshold_seconds;
    const facts = TIER.flatMap(([name, field, as]) => [
      html("dt", {}, name),
      figure("dd", document, `${path}/${field}`, as, { class: late(name) ? "bad" : null }),
    ]);
    const state = tier.violated
      ? `violated since ${words.timeOfDay(tier.violated_since)}`
      : tier.violated === null
        ? "not known yet"
        : "kept";
    return html(
      "article",
      { class: tier.violated ? "card violated" : "card" },
      html("h3", {}, tier.tier),
      html(
        "p",
        { class: "within" },
        "within ",
        figure("b", document, `${path}/threshold_seconds`, "seconds"),
        ", ",
        html("span", { class: tier.violated ? "bad" : "" }, state),
      ),
      html("dl", {}, ...facts),
    );
  });
}

const SLOTS = [
  ["Busy slots", "busy_slots"],
  ["Slots", "slots"],
];
const SLOTS_BY_KIND = [
  ["Busy threads", "busy_threads"],
  ["Threads", "threads"],
  ["Busy coroutines", "busy_coroutines"],
  ["Coroutines", "coroutines"],
];

// All threads may be busy while most coroutines are free: their sum would look like room for more.
const slots = ({ pool }) => (pool.threads && pool.coroutines ? SLOTS_BY_KIND : SLOTS);

const daemonColumns = (document) => [
  ["Host", "host", "text"],
  ["Version", "version", "text"],
  ["State", "state", "text"],
  ["Up", "up_seconds", "seconds"],
  ["Generation", "generation", "text"],
  ["Workers ready", "pool/workers_ready", "count"],
  ["Wanted", "pool/workers_wanted", "count"],
  ...slots(document).map(([name, field]) => [name, `pool/${field}`, "count"]),
  ["Oldest message waits", "head_age_seconds", "seconds"],
  ["As of", "utc", "timeOfDay"],
  ["Snapshot", "snapshot", "text"],
];

export function daemonFacts(document) {
  const fact = ([name, path, as]) => html("div", {}, html("dt", {}, name), figure("dd", document, path, as));
  return daemonColumns(document).map(fact);
}

const QUEUE = [
  ["Queue", "queue", "text"],
  ["State", "state", "words"],
  ["Waiting", "backlog", "count"],
  ["In flight", "in_flight_at_source", "count"],
  ["Delayed", "delayed", "count"],
  ["Head age", "head_age_seconds", "seconds"],
  ["In /s", "arrivals_per_second", "rate"],
  ["Done /s", "done_per_second", "rate"],
  ["Failed", "failed", "count"],
  ["Again", "redelivered", "count"],
  ["Dead letters", "dead_lettered", "count"],
];
const workerColumns = (document) => [
  ["#", "worker", "text"],
  ["PID", "pid", "text"],
  ["State", "state", "words"],
  ["Up", "up_seconds", "seconds"],
  ...slots(document).map(([name, field]) => [name, field, "count"]),
  ["Held", "held", "count"],
  ["Handled", "handled", "count"],
  ["Done /s", "handled_per_second", "rate"],
  ["Loop lag", "loop_lag_seconds", "seconds"],
  ["Memory", "pss_bytes", "bytes"],
];
const DECISION = [
  ["Decided", "utc", "timeOfDay"],
  ["Workers", "workers", "count"],
  ["Head age", "head_age_seconds", "seconds"],
  ["Reason", "reason", "words"],
];
// In place of rows.
const NONE = {
  queues: "It is not known yet which queues there are.",
  workers: "There is no worker now.",
  decisions: "No decision is known yet: the autoscaler says it again within seconds.",
};
const NUMBERS = new Set(["count", "seconds", "rate", "bytes"]);

function table(document, key, caption, columns, more) {
  const kind = (as) => ({ class: NUMBERS.has(as) ? "number" : null });
  const row = (entry, number) =>
    html(
      "tr",
      {},
      ...columns.map(([, field, as], place) =>
        figure(place ? "td" : "th", document, `${key}/${number}/${field}`, as, place ? kind(as) : { scope: "row" }),
      ),
      ...more(entry),
    );
  const heads = [...columns.map(([name, , as]) => html("th", { scope: "col", ...kind(as) }, name)), ...more(null)];
  const none = document[key].length ? [] : [html("tr", {}, html("td", { colspan: String(heads.length) }, NONE[key]))];
  return html(
    "table",
    {},
    html("caption", {}, caption),
    html("thead", {}, html("tr", {}, ...heads)),
    html("tbody", {}, ...document[key].map(row), ...none),
  );
}

export const queueTable = (document) =>
  table(document, "queues", "Queues in the configuration's order", QUEUE, (queue) => [
    queue === null
      ? html("th", { scope: "col" }, "Trouble")
      : html("td", { class: queue.text ? "bad" : null }, queue.text ?? "none"),
  ]);

export const workerTable = (document) =>
  table(document, "workers", "Workers, and what each has been at for longest", workerColumns(document), (worker) => [
    worker === null ? html("th", { scope: "col" }, "Runs") : html("td", {}, running(worker)),
  ]);

function running(worker) {
  const [longest, ...others] = worker.running.toSorted((one, other) => other.seconds - one.seconds);
  if (!longest) return "nothing";
  const more = others.length ? `, and ${others.length} more` : "";
  return `${longest.queue} ${longest.message_id} for ${words.seconds(longest.seconds)}${more}`;
}

export const decisionTable = (document) =>
  table(document, "decisions", "The last decisions, the oldest first", DECISION, (decision) => [
    decision === null
      ? html("th", { scope: "col" }, "At most")
      : html("td", {}, caps(decision, document.pool.max_workers)),
  ]);

// The guards that allow fewer than the configuration does.
function caps(decision, maxWorkers) {
  const tight = Object.entries(decision.caps).filter(([, limit]) => maxWorkers === null || limit < maxWorkers);
  return tight.map(([name, limit]) => `${words.words(name)} ${limit}`).join(", ") || "no other limit";
}
