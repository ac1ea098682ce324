// A group of charts on one axis of time, with one moment that is looked at, a text of it, and a table behind each.

import { draw, marginOf, plotOf } from "./charts.js";
import { html, svg } from "./elements.js";
import { clock, onAxis } from "./words.js";

const NO_MOMENT = -1;
const NARROWEST = 280;

// Of one chart: all that stays while its values change.
class Figure {
  constructor(group, chart) {
    this.group = group;
    this.svg = svg("svg", { class: "chart", role: "img" });
    this.cursor = svg("path", { class: "cursor" });
    this.legend = html("ul", { class: "legend" });
    this.summary = html("p", { class: "summary" });
    this.readout = html("p", { class: "readout" });
    this.details = html("details", {}, html("summary", {}, `Numbers: ${chart.title}`));
    this.table = html("div", {
      class: "scroll",
      tabindex: "0",
      role: "region",
      "aria-label": `Numbers: ${chart.title}`,
    });
    this.details.append(this.table);
    this.details.addEventListener("toggle", () => this.fillTable());
    this.svg.addEventListener("pointermove", (event) => this.pointAt(event));
    this.svg.addEventListener("pointerleave", () => group.lookAt(NO_MOMENT));
    const caption = html("figcaption", {}, html("h4", {}, chart.title), this.summary);
    this.element = html("figure", {}, caption, this.legend, this.svg, this.readout, this.details);
  }

  update(chart, margin, begin, end) {
    this.chart = chart;
    this.plot = plotOf(chart, this.width, margin, begin, end);
    this.svg.setAttribute("viewBox", `0 0 ${this.plot.width} ${this.plot.height}`);
    this.svg.setAttribute("aria-label", `${chart.title}. ${chart.summary}`);
    this.svg.replaceChildren(...draw(chart, this.plot), this.cursor);
    this.summary.textContent = chart.summary;
    this.legend.replaceChildren(
      ...(chart.kind === "heat"
        ? []
        : chart.series.map((each, number) => html("li", { class: `key${number % 9}` }, each.name))),
    );
    this.fillTable();
  }

  // The number of the moment under the pointer.
  pointAt(event) {
    const box = this.svg.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * this.plot.width;
    const places = this.group.moments.map((moment) => Math.abs(this.plot.x(moment) - at));
    this.group.lookAt(places.indexOf(Math.min(...places)));
  }

  // What there is to read at that moment, and the decisions since the moment before it.
  lookAt(number) {
    const moment = this.group.moments[number];
    if (moment === undefined) {
      this.cursor.setAttribute("d", "M0 0");
      this.readout.textContent = "";
      return "";
    }
    const at = this.plot.x(moment).toFixed(1);
    this.cursor.setAttribute("d", `M${at} ${this.plot.top}V${this.plot.bottom}`);
    const before = this.group.moments[number - 1] ?? this.plot.begin;
    const decisions = this.chart.marks.filter((mark) => mark.x > before && mark.x <= moment).map((mark) => mark.text);
    this.readout.textContent = [this.values(number), ...decisions].join(" · ");
    return `${this.chart.title}: ${this.readout.textContent}`;
  }

  values(number) {
    const said = this.chart.series
      .map((each) => [each.name, each.y[number]])
      .filter(([, value]) => this.chart.kind !== "heat" || value);
    return said.map(([name, value]) => `${name} ${onAxis(this.chart.y_axis, value)}`).join(", ") || "nothing";
  }

  // Only while it is open: a page of some thousand cells that nobody sees would be made again each ten seconds.
  fillTable() {
    if (!this.details.open) return this.table.replaceChildren();
    const head = ["Time", ...this.chart.series.map((each) => each.name)];
    const rows = this.group.moments
      .map((moment, at) => [clock(moment), ...this.chart.series.map((each) => onAxis(this.chart.y_axis, each.y[at]))])
      .reverse();
    const cells = (row) => row.map((cell, place) => html(place ? "td" : "th", place ? {} : { scope: "row" }, cell));
    this.table.replaceChildren(
      html(
        "table",
        {},
        html("caption", {}, `${this.chart.title}, ${this.chart.y_axis.title.toLowerCase()}, the newest first`),
        html("thead", {}, html("tr", {}, ...head.map((each) => html("th", { scope: "col" }, each)))),
        html("tbody", {}, ...rows.map((row) => html("tr", {}, ...cells(row)))),
      ),
    );
  }
}

export class Group {
  constructor(group) {
    this.key = group.key;
    this.moments = [];
    this.at = NO_MOMENT;
    this.slider = html("input", { type: "range", min: "0", "aria-label": `Moment in: ${group.title}` });
    this.slider.addEventListener("input", () => this.lookAt(Number(this.slider.value)));
    this.moment = html("span", { class: "moment" });
    const label = html(
      "div",
      { class: "slider" },
      html("span", { "aria-hidden": "true" }, "Look at"),
      this.slider,
      this.moment,
    );
    this.figures = group.charts.map((chart) => new Figure(this, chart));
    this.element = html(
      "section",
      { class: "group", "aria-label": group.title },
      html("h3", {}, group.title),
      label,
      html("div", { class: group.is_column ? "column" : "side-by-side" }, ...this.figures.map((each) => each.element)),
    );
  }

  // To be called for all groups before any is updated: to read a width after a change lays out the whole page.
  measure() {
    for (const figure of this.figures) figure.width = Math.max(figure.element.clientWidth, NARROWEST);
  }

  update(group, begin, end) {
    const isNewest = this.at === this.moments.length - 1;
    const lookedAt = this.moments[this.at];
    this.moments = group.charts[0].series[0].x;
    this.slider.max = String(this.moments.length - 1);
    // One margin for all, so that a moment is at one place in all that are below one another.
    const margin = Math.max(...group.charts.map(marginOf));
    this.figures.forEach((figure, number) => figure.update(group.charts[number], margin, begin, end));
    // Who looks at the newest stays with it; another moment moves to the left, and is gone after an hour.
    this.lookAt(isNewest ? this.moments.length - 1 : this.moments.indexOf(lookedAt));
  }

  lookAt(number) {
    this.at = number;
    const shown = number === NO_MOMENT ? this.moments.length - 1 : number;
    const time = clock(this.moments[shown]);
    const said = this.figures.map((figure) => figure.lookAt(number)).filter(Boolean);
    this.slider.value = String(shown);
    this.moment.textContent = time;
    this.slider.setAttribute("aria-valuetext", [time, ...said].join("; "));
  }
}
