// The page: listens for the daemon's news, and shows them.

import { Group } from "./figures.js";
import { daemonFacts, decisionTable, queueTable, tierCards, workerTable } from "./tables.js";
import { knownSpan, timeOfDay } from "./words.js";

const SILENT_MILLISECONDS = 5000;
const element = (id) => document.getElementById(id);

let heardAt = 0;
let groups = [];
let shown = null;
let now = 0; // by the daemon's clock, in seconds

// Only what differs is written: a screen reader reads a status out each time that it is.
function say(id, text) {
  if (element(id).textContent !== text) element(id).textContent = text;
}

// What is selected stays, to be copied: each second's new cells would take it away.
function show(id, contents) {
  const selection = document.getSelection();
  const isSelected = !selection.isCollapsed && element(id).contains(selection.anchorNode);
  if (!isSelected) element(id).replaceChildren(...contents);
}

function troubleOf(status) {
  const violated = status.tiers
    .filter((tier) => tier.violated)
    .map((tier) => `Tier ${tier.tier} is violated since ${timeOfDay(tier.violated_since)}.`);
  const queues = status.queues
    .filter((queue) => queue.state !== "available" && queue.state !== null)
    .map((queue) => `Queue ${queue.queue} is ${queue.state}${queue.text ? `: ${queue.text}` : ""}.`);
  const reload = status.reload_failed ? [`The last reload was refused: ${status.reload_failed}`] : [];
  return [...violated, ...queues, ...reload].join(" ");
}

function showStatus(status) {
  document.title = `${status.tiers.some((tier) => tier.violated) ? "(!) " : ""}punctuald on ${status.host}`;
  say("host", `on ${status.host}`);
  say("trouble", troubleOf(status));
  now = Date.parse(status.utc) / 1000;
  sayKnown();
  show("daemon", daemonFacts(status));
  show("tiers", tierCards(status));
  show("queues", [queueTable(status)]);
  show("workers", [workerTable(status)]);
  show("decisions", [decisionTable(status)]);
  document.body.dataset.snapshot = status.snapshot;
}

function sayKnown() {
  if (shown) say("span", knownSpan(shown.known, now));
}

function showCharts(charts) {
  shown = charts;
  sayKnown();
  if (groups.map((group) => group.key).join() !== charts.groups.map((group) => group.key).join()) {
    groups = charts.groups.map((group) => new Group(group));
    element("charts").replaceChildren(...groups.map((group) => group.element));
  }
  groups.forEach((group) => group.measure());
  groups.forEach((group, number) => group.update(charts.groups[number], charts.begin, charts.end));
  document.body.dataset.intervals = charts.intervals;
}

function heard() {
  heardAt = Date.now();
  say("connection", "Live.");
  document.body.classList.remove("stale");
}

function watch() {
  const silent = Date.now() - heardAt;
  if (!heardAt || silent < SILENT_MILLISECONDS) return;
  const since = new Date(heardAt).toISOString();
  say("connection", `No news since ${timeOfDay(since)} UTC: what is shown is as of then. It is tried again.`);
  document.body.classList.add("stale");
}

const events = new EventSource("events");
events.addEventListener("status", (event) => {
  heard();
  showStatus(JSON.parse(event.data));
});
events.addEventListener("charts", (event) => showCharts(JSON.parse(event.data)));
setInterval(watch, 1000);
addEventListener("resize", () => shown && showCharts(shown));
