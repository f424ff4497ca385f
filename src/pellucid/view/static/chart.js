// One chart of uPlot's: lines with shades, zooming by mouse and keyboard, values at the cursor.

import { colour, faint } from "./colours.js";
import { element, shown } from "./dom.js";

const HEIGHT = 240;
const READ = 6; // values at the cursor that are written out

/** Return how uPlot draws an axis on this page. */
export function axis(more = {}) {
  return {
    stroke: colour("quiet"),
    grid: { stroke: colour("line"), width: 1 },
    ticks: { stroke: colour("line"), width: 1, size: 5 },
    font: "12px system-ui, sans-serif",
    ...more,
  };
}

export class Chart {
  /** `onWindow(from, to)` is called when the reader zooms; null, null: the whole run. */
  constructor(panel, onWindow) {
    this.panel = panel;
    this.onWindow = onWindow;
    this.plot = null;
    this.body = element("div", { class: "plot", tabindex: "0", role: "group", "aria-label": `${panel.title} over steps; + and − zoom, 0 shows the whole run, arrows read values` });
    this.readout = element("p", { class: "readout quiet" });
    this.figure = element("figure", { class: "panel" }, element("h3", {}, panel.title), this.body, this.readout);
    this.body.addEventListener("keydown", (event) => this.#key(event));
    this.lines = [];
  }

  /** The width in pixels that there is for a chart. */
  get width() {
    return Math.max(200, this.figure.clientWidth || 400);
  }

  /** Draw data [x, ...values]; lines say what each is: {label, stroke, dash, band: [low, high] | null, points}. */
  draw(data, lines, { logarithmic, range, height }) {
    const key = JSON.stringify([lines.map((line) => [line.label, line.stroke, line.dash, line.shade, line.points]), logarithmic]);
    const values = logarithmic ? data.map((row, place) => (place ? row.map((value) => (value !== null && value > 0 ? value : null)) : row)) : data;
    this.lines = lines;
    this.range = range;
    this.height = height;
    if (this.plot !== null && this.key === key) {
      this.plot.setData(values, true);
    } else {
      this.plot?.destroy();
      this.key = key;
      this.plot = new uPlot(this.#options(lines, logarithmic), values, this.body);
    }
    this.#read();
  }

  /** Fit the chart to its place. */
  resize() {
    this.plot?.setSize({ width: this.width, height: HEIGHT });
  }

  /** Remove the chart. */
  remove() {
    this.plot?.destroy();
    this.figure.remove();
  }

  #options(lines, logarithmic) {
    const series = [{ label: "step" }];
    const bands = [];
    for (const line of lines) {
      series.push({ label: line.label, stroke: line.stroke, width: line.shade ? 0 : 1.6, dash: line.dash, spanGaps: true, points: { show: line.points, size: 5, fill: line.stroke } });
      if (line.shade === "high") bands.push({ series: [series.length - 1, series.length - 2], fill: faint(line.stroke, 0.18) });
    }
    return {
      width: this.width,
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
      select: { show: true },
      scales: { x: { time: false, range: (_, low, high) => this.range ?? (low === high ? [low - 1, high + 1] : [low, high]) }, y: logarithmic ? { distr: 3 } : { range: (_, low, high) => this.height?.slice(0, 2) ?? uPlot.rangeNum(low ?? 0, high ?? 1, 0.1, true) } },
      axes: [axis({ size: 36, values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? compact(tick) : "")) }), axis({ size: 58, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : this.#amount(tick))) })],
      series,
      bands,
      hooks: { setSelect: [(plot) => this.#selected(plot)], setCursor: [() => this.#read()], ready: [(plot) => plot.over.addEventListener("dblclick", () => this.onWindow(null, null))] },
    };
  }

  #amount(value) {
    return this.panel.share ? `${Number((100 * value).toPrecision(3))}%` : shown(Number(value.toPrecision(6)));
  }

  #selected(plot) {
    const { left, width } = plot.select;
    if (width < 4) return;
    const from = plot.posToVal(left, "x");
    const to = plot.posToVal(left + width, "x");
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.onWindow(from, to);
  }

  #read() {
    const plot = this.plot;
    if (plot === null || !plot.data[0].length) return this.readout.replaceChildren("");
    const at = plot.cursor.idx;
    const step = at === null || at === undefined ? null : plot.data[0][at];
    const found = []; // the run that is looked at first
    this.lines.forEach((line, place) => {
      if (line.shade) return;
      const value = near(plot.data[place + 1], at);
      if (value !== null) found.push({ line, value });
    });
    found.sort((first, second) => second.line.first - first.line.first);
    const parts = found.slice(0, READ).flatMap(({ line, value }) => [element("span", { class: "value" }, swatch(line), `${line.label} ${this.panel.share ? `${(100 * value).toFixed(2)}%` : shown(value)}`)]);
    const more = found.length > READ ? [`and ${found.length - READ} more. `] : [];
    this.readout.replaceChildren(step === null ? "last: " : `step ${shown(Math.round(step))}: `, ...parts, ...more, this.height ? `Peaks up to ${shown(this.height[2])} are cut off.` : "");
  }

  #key(event) {
    const plot = this.plot;
    if (plot === null || !plot.data[0].length || event.ctrlKey || event.metaKey || event.altKey) return;
    const { min, max } = plot.scales.x;
    const at = plot.cursor.idx;
    const middle = at === null || at === undefined ? (min + max) / 2 : plot.data[0][at];
    const zoomed = (factor) => this.onWindow(middle - (middle - min) * factor, middle + (max - middle) * factor);
    const moved = (by) => {
      const last = plot.data[0].length - 1;
      const next = Math.min(last, Math.max(0, (at ?? (by > 0 ? -1 : last + 1)) + by));
      plot.setCursor({ left: plot.valToPos(plot.data[0][next], "x"), top: 10 });
    };
    const actions = { "+": () => zoomed(0.5), "=": () => zoomed(0.5), "-": () => zoomed(2), 0: () => this.onWindow(null, null), Escape: () => this.onWindow(null, null), ArrowLeft: () => moved(event.shiftKey ? -10 : -1), ArrowRight: () => moved(event.shiftKey ? 10 : 1) };
    if (event.key in actions) {
      event.preventDefault();
      actions[event.key]();
    }
  }
}

function swatch(line) {
  const made = element("span", { class: "swatch", "aria-hidden": "true" });
  made.style.borderTopColor = line.stroke;
  made.style.borderTopStyle = line.dash?.length ? "dashed" : "solid";
  return made;
}

/** Return the value at a place, else the last one before it. */
function near(values, at) {
  for (let place = at ?? values.length - 1; place >= 0; place -= 1) if (values[place] !== null && values[place] !== undefined) return values[place];
  return null;
}

function compact(step) {
  if (Math.abs(step) >= 1e6) return `${Number((step / 1e6).toPrecision(4))}M`;
  if (Math.abs(step) >= 1e4) return `${Number((step / 1e3).toPrecision(4))}k`;
  return String(step);
}
