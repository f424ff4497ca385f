// Layers through time: the network as a drawing, each layer coloured by one of its vitals at a step; beside it the same for all steps.

import { ask } from "./api.js";
import { colour, fillOf, onScheme, strangeness } from "./colours.js";
import { calmed, drawn, element, shown } from "./dom.js";

const ROW = 34;
const GAP = 6;
const BOX = { wide: 250, narrow: 170 }; // of a layer
const NARROW = 560; // pixels
const LANE = 14;

export class Flow {
  constructor(runs) {
    this.runs = runs;
    this.place = document.getElementById("flow");
    this.choice = document.getElementById("vital");
    this.choice.addEventListener("change", () => this.#choose(this.choice.value));
    this.wanted = ""; // the vital that was chosen; "" leaves it to the server
    this.at = null; // a place among the steps; null: the newest
    this.refresh = calmed(1000, () => this.#ask());
    onScheme(() => this.#draw());
    new ResizeObserver(calmed(150, () => this.#drawHistory())).observe(this.place);
  }

  /** Draw another run. */
  change() {
    this.built = null;
    return this.#ask();
  }

  /** Bring a layer into view, coloured by a vital where one is named, and mark it. */
  async show(name, vital) {
    if (vital && vital !== this.answer?.vital.name) await this.#choose(vital);
    const row = this.place.querySelector(`[data-layer="${CSS.escape(name)}"]`);
    this.place.querySelectorAll(".marked").forEach((one) => one.classList.remove("marked"));
    row?.classList.add("marked");
    row?.scrollIntoView({ block: "center", behavior: "auto" });
    this.slider?.focus({ preventScroll: true });
  }

  #choose(vital) {
    this.wanted = vital;
    return this.#ask();
  }

  async #ask() {
    const run = this.runs.selected;
    const vital = this.wanted;
    if (run === null) return;
    const answer = await ask("flow", { run, vital }).catch(() => null);
    if (answer === null || run !== this.runs.selected || vital !== this.wanted) return; // an answer to an earlier question
    if (answer.run !== this.answer?.run) this.at = null;
    this.answer = answer;
    this.choice.replaceChildren(...answer.vitals.map(({ name, title }) => element("option", { value: name, selected: name === answer.vital.name }, title)));
    this.choice.disabled = !answer.vitals.length;
    this.#draw();
  }

  #draw() {
    const { answer } = this;
    if (!answer) return;
    if (!answer.drawing.rows.length) {
      this.built = null;
      this.place.replaceChildren(element("p", { class: "quiet" }, "No layers are recorded. The doctor records them: pellucid train, fit with a folder, or watch with out=."));
      return;
    }
    const key = JSON.stringify([answer.run, answer.drawing, answer.vital.name, answer.steps.length > 0]);
    if (this.built !== key) this.#build(key);
    const { steps } = answer;
    if (this.slider) {
      this.slider.max = String(Math.max(0, steps.length - 1));
      if (this.at === null || this.at >= steps.length) this.slider.value = this.slider.max;
    }
    this.range = rangeOf(answer.values, answer.vital);
    this.#colour();
    this.#drawHistory();
  }

  #build(key) {
    const { answer } = this;
    const measured = answer.steps.length > 0;
    this.built = key;
    this.rows = [];
    const svg = this.#network();
    this.canvas = element("canvas", { "aria-hidden": "true", onclick: (event) => this.#jump(event), onpointermove: (event) => event.buttons && this.#jump(event) });
    this.slider = element("input", { type: "range", id: "time", min: "0", max: "0", value: "0", oninput: () => this.#move(Number(this.slider.value)) });
    this.label = element("output", { for: "time" });
    const time = element("div", { class: "time" }, element("label", { for: "time" }, "Step"), this.slider, this.label);
    this.history = element("div", { class: "history" }, this.canvas);
    const drawing = element("div", { class: "network" }, svg, measured ? this.history : null);
    this.said = element("p", { class: "quiet", "aria-live": "polite" });
    this.place.replaceChildren(
      element("p", { class: "quiet" }, measured ? answer.vital.about : "The layers; no vitals are recorded yet."),
      ...(measured ? [legend(answer.vital), time] : []),
      element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Layers and their values over steps" }, drawing),
      this.said,
    );
  }

  #network() {
    const { rows, links, lanes } = this.answer.drawing;
    const left = lanes * LANE + 8;
    const isNarrow = this.place.clientWidth < NARROW;
    const width = isNarrow ? BOX.narrow : BOX.wide;
    const letters = isNarrow ? 11 : 20;
    const height = (rows.length + 1) * ROW;
    const y = (row) => (row + 1) * ROW;
    const svg = drawn("svg", { viewBox: `0 0 ${left + width} ${height}`, width: left + width, height, role: "img", "aria-label": `${rows.length} layers, from the input at the top` });
    const middle = left + width / 2;
    for (const { from, to, lane } of links) {
      const [start, end] = [y(from) + ROW - GAP, y(to)];
      const x = left - 2 - (lane - 1) * LANE;
      const path = lane === 0 ? `M${middle} ${start}V${end}` : `M${left} ${start - (ROW - GAP) / 2}C${x - LANE} ${start - 6} ${x - LANE} ${end + 18} ${left} ${end + (ROW - GAP) / 2}`;
      svg.append(drawn("path", { d: path, class: "link" }));
    }
    svg.append(drawn("text", { x: middle, y: ROW - GAP - 8, class: "input" }, "input"));
    rows.forEach(({ name, kind }, row) => {
      const group = drawn("g", { class: "layer", "data-layer": name });
      const box = drawn("rect", { x: left, y: y(row), width: width - 1, height: ROW - GAP, rx: 4 });
      const value = drawn("text", { x: left + width - 9, y: y(row) + 19, class: "amount" });
      const label = name.length > letters ? `…${name.slice(1 - letters)}` : name;
      const kindShown = kind && !name.startsWith(kind) && label.length + kind.length < letters + 4 ? ` ${kind}` : "";
      group.append(drawn("title", {}, kind ? `${name} (${kind})` : name), box, drawn("text", { x: left + 9, y: y(row) + 19 }, label, drawn("tspan", { class: "kind" }, kindShown)), value);
      this.rows.push({ group, box, value, name });
      svg.append(group);
    });
    return svg;
  }

  #move(place) {
    this.at = place >= this.answer.steps.length - 1 ? null : place;
    this.#colour();
    this.#drawHistory();
  }

  #jump(event) {
    const box = this.canvas.getBoundingClientRect();
    const place = Math.floor(((event.clientX - box.left) / box.width) * this.answer.steps.length);
    this.slider.value = String(Math.min(this.answer.steps.length - 1, Math.max(0, place)));
    this.#move(Number(this.slider.value));
  }

  /** The vital as a layer has it: where the outputs are bounded, a small spread is not strange. */
  #vitalOf(row) {
    const { vital, bounded } = this.answer;
    return vital.name === "spread" && bounded[row] ? { ...vital, low: null } : vital;
  }

  #called(row) {
    const { name, kind } = this.answer.drawing.rows[row];
    return kind && !name.startsWith(kind) ? `${name} (${kind})` : name;
  }

  get #place() {
    return this.at ?? this.answer.steps.length - 1;
  }

  #colour() {
    const { values, vital, steps } = this.answer;
    const odd = [];
    this.rows.forEach(({ group, box, value }, row) => {
      const now = values[row]?.[this.#place] ?? null;
      const judged = this.#vitalOf(row);
      const strange = strangeness(now, judged);
      box.style.fill = fillOf(now, judged, this.range) ?? "transparent";
      value.textContent = amount(now, vital);
      group.classList.toggle("strange", strange !== null && strange !== 0);
      if (strange) odd.push(`${this.#called(row)} ${amount(now, vital)}`);
    });
    if (!steps.length) return;
    const step = shown(steps[this.#place]);
    this.label.textContent = `${step}${this.at === null ? " (newest)" : ""}`;
    this.slider.setAttribute("aria-valuetext", `step ${step}`);
    this.said.textContent = odd.length ? `Outside the usual range at step ${step}: ${odd.slice(0, 6).join(", ")}${odd.length > 6 ? `, and ${odd.length - 6} more` : ""}.` : vital.low === null && vital.high === null ? "" : `All layers are in the usual range at step ${step}.`;
  }

  #drawHistory() {
    const { answer, canvas } = this;
    if (!answer?.steps.length || !canvas?.isConnected) return;
    const scale = window.devicePixelRatio || 1;
    const width = Math.max(80, this.history.clientWidth);
    const height = (answer.drawing.rows.length + 1) * ROW;
    canvas.width = width * scale;
    canvas.height = height * scale;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    const column = width / answer.steps.length;
    answer.values.forEach((values, row) => {
      values.forEach((value, place) => {
        const fill = fillOf(value, this.#vitalOf(row), this.range);
        if (fill === null) return;
        context.fillStyle = fill;
        const [left, right] = [place, place + 1].map((end) => Math.round(end * column * scale) / scale); // no seams
        context.fillRect(left, (row + 1) * ROW, right - left, ROW - GAP);
      });
    });
    context.fillStyle = colour("quiet");
    context.font = "12px system-ui, sans-serif";
    context.fillText(`step ${shown(answer.steps[0])}`, 0, ROW - GAP - 8);
    const last = shown(answer.steps.at(-1));
    context.fillText(last, width - context.measureText(last).width, ROW - GAP - 8);
    context.strokeStyle = colour("ink");
    const x = (this.#place + 0.5) * column;
    context.strokeRect(Math.max(0.5, x - Math.max(1.5, column / 2)), ROW - 3, Math.max(3, column), height - ROW);
  }
}

function amount(value, vital) {
  if (value === null) return "";
  if (vital.logarithmic || vital.name === "mean") return shown(value);
  return `${(100 * value).toFixed(value > 0 && value < 0.1 ? 1 : 0)}%`;
}

function legend(vital) {
  const parts = [];
  if (vital.low !== null) parts.push(["below", "below the usual range"]);
  parts.push(["within", vital.low === null && vital.high === null ? "pale is low, strong is high" : "in the usual range: pale is low, strong is high"]);
  if (vital.high !== null) parts.push(["above", "above it"]);
  return element("p", { class: "legend quiet" }, ...parts.map(([kind, text]) => element("span", {}, element("span", { class: `sample ${kind}`, "aria-hidden": "true" }), text)));
}

function rangeOf(values, vital) {
  let low = Infinity;
  let high = -Infinity;
  for (const row of values) {
    for (const value of row) {
      if (value === null || (vital.logarithmic && value <= 0) || strangeness(value, vital) !== 0) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return [low, high];
}
