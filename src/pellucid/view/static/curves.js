// All charts of curves: what is asked of the server, and how its answer becomes lines.

import { ask } from "./api.js";
import { Chart } from "./chart.js";
import { calmed } from "./dom.js";
import { panelsOf } from "./panels.js";

const PEAK = 3; // times the height of all but a fiftieth of the values: higher ones are left out
const MANY = 10_000; // values, of which more are not looked at
const REFRESH = 1000; // milliseconds between two questions while runs grow

export class Curves {
  constructor(runs) {
    this.runs = runs;
    this.charts = new Map();
    this.window = null;
    this.place = document.getElementById("charts");
    this.smoothing = document.getElementById("smoothing");
    this.logarithmic = document.getElementById("logarithmic");
    this.peaks = document.getElementById("peaks");
    this.peaks.addEventListener("change", () => this.redraw());
    this.reset = document.getElementById("reset");
    this.smoothing.addEventListener("input", () => this.redraw());
    this.logarithmic.addEventListener("change", () => this.redraw());
    this.reset.addEventListener("click", () => this.#zoom(null, null));
    this.refresh = calmed(REFRESH, () => this.#ask());
    this.asked = 0;
    new ResizeObserver(calmed(150, () => this.charts.forEach((chart) => chart.resize()))).observe(this.place);
  }

  /** Draw again what is there, after a change of colours or smoothing. */
  redraw() {
    for (const [key, chart] of this.charts) if (this.answers?.has(key)) this.#draw(chart, this.answers.get(key));
  }

  async #ask() {
    const asked = ++this.asked;
    const chosen = this.runs.chosen;
    const panels = panelsOf(chosen.map((name) => this.runs.runs.get(name)).filter(Boolean));
    this.#arrange(panels);
    const [from, to] = this.window ?? [null, null];
    const answers = await Promise.all(
      panels.map((panel) => {
        const width = Math.round(this.charts.get(panel.key).width - 70);
        return ask("curves", { run: chosen, name: panel.curves, from, to, width }).catch(() => null);
      }),
    );
    if (asked !== this.asked) return; // a later question is under way
    this.answers = new Map(panels.map((panel, place) => [panel.key, answers[place]]).filter(([, answer]) => answer !== null));
    this.redraw();
  }

  #arrange(panels) {
    const keys = panels.map((panel) => panel.key);
    for (const [key, chart] of [...this.charts]) {
      if (!keys.includes(key)) {
        chart.remove();
        this.charts.delete(key);
      }
    }
    panels.forEach((panel, place) => {
      if (!this.charts.has(panel.key)) this.charts.set(panel.key, new Chart(panel, (from, to) => this.#zoom(from, to)));
      const { figure } = this.charts.get(panel.key);
      if (this.place.children[place] !== figure) this.place.insertBefore(figure, this.place.children[place] ?? null);
    });
    if (!panels.length) this.place.textContent = "";
  }

  #zoom(from, to) {
    this.window = from === null || !(to > from) ? null : [from, to];
    this.reset.disabled = this.window === null;
    this.#ask();
  }

  #draw(chart, answer) {
    const data = [answer.x];
    const lines = [];
    const several = this.runs.chosen.length > 1;
    const smoothing = Number(this.smoothing.value);
    for (const line of answer.lines) {
      const stroke = this.runs.colourOf(line.run);
      const isValidation = line.name.startsWith("val_");
      const dash = isValidation ? [6, 4] : this.runs.dashesOf(line.run);
      const label = several ? `${line.run}${chart.panel.curves.length > 1 ? `, ${short(line)}` : ""}` : short(line);
      const points = answer.x.length < 400 && line.mean.filter((value) => value !== null).length <= 30;
      data.push(smoothed(line.mean, smoothing));
      lines.push({ label, stroke, dash, points, first: line.run === this.runs.selected });
      if (line.low) {
        data.push(line.low, line.high);
        lines.push({ label: "", stroke, shade: "low", points: false }, { label: "", stroke, shade: "high", points: false });
      }
    }
    const logarithmic = chart.panel.logarithmic || (chart.panel.key === "loss" && this.logarithmic.checked);
    const height = this.peaks.checked || logarithmic ? null : usualHeight(data, lines);
    chart.draw(data, lines, { logarithmic, range: this.window, height });
  }
}

/**
 * Return [low, high, peak] of an axis that leaves out rare peaks: where the highest value is far above all but a fiftieth of them.
 * null: all is shown.
 */
function usualHeight(data, lines) {
  const shown = data.slice(1).filter((_, place) => !lines[place].shade);
  const every = Math.max(1, Math.floor((shown.length * data[0].length) / MANY)); // a share of many values says as much
  const values = shown.flatMap((row) => row.filter((value, place) => value !== null && place % every === 0));
  if (values.length < 50) return null;
  values.sort((first, second) => first - second);
  const [low, high, peak] = [values[0], values[Math.floor(0.98 * (values.length - 1))], values.at(-1)];
  const reach = high - low;
  return reach > 0 && peak - high > PEAK * reach ? [low - 0.05 * reach, high + 0.1 * reach, peak] : null;
}

function short(line) {
  return line.title.includes(", ") ? line.title.split(", ")[1] : line.name === "loss" ? "each step" : line.title;
}

/** Return values, each mixed with those before it; 0 leaves them as they are. */
function smoothed(values, share) {
  if (share === 0) return values;
  let mean = null;
  return values.map((value) => {
    if (value === null) return null;
    mean = mean === null ? value : share * mean + (1 - share) * value;
    return mean;
  });
}
