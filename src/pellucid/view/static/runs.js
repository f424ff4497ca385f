// The list of runs: which are drawn, in which colour, and which one is looked at.

import { dashesOf, onScheme, ofRun } from "./colours.js";
import { calmed, element, shown } from "./dom.js";

const STORE = "pellucid-runs";
const DRAWN_AT_FIRST = 12;
const STATES = { live: "running", ended: "ended", still: "not growing" };

export class RunList {
  /** `onChange(kind)` is called with "chosen", "selected", "grown" or "colours". */
  constructor(onChange) {
    this.runs = new Map();
    this.order = [];
    this.places = new Map(); // of each run's colour: a run that comes later changes no other's
    this.hidden = new Set(stored().hidden ?? []);
    this.colours = new Map(Object.entries(stored().colours ?? {}));
    this.selected = decodeURIComponent(location.hash.slice(1)) || null;
    this.rows = new Map();
    this.onChange = onChange;
    this.list = document.getElementById("runs");
    this.filter = document.getElementById("runs-filter");
    this.filter.addEventListener("input", () => this.#applyFilter());
    document.getElementById("runs-all").addEventListener("click", () => this.#choose(true));
    document.getElementById("runs-none").addEventListener("click", () => this.#choose(false));
    this.#drawSoon = calmed(200, () => this.#draw());
    onScheme(() => this.#recolour());
  }

  #drawSoon;

  /** Take news of runs; `whole` says that these are all there are. */
  update({ runs, whole }) {
    const before = this.order.length;
    const isNew = runs.filter((run) => !this.runs.has(run.name)).map((run) => run.name);
    if (whole) {
      this.runs = new Map(runs.map((run) => [run.name, run]));
      this.order = runs.map((run) => run.name);
    } else {
      for (const run of runs) this.runs.set(run.name, run);
    }
    for (const name of this.order) if (!this.places.has(name)) this.places.set(name, this.places.size);
    if (before === 0 && !stored().hidden) this.order.slice(DRAWN_AT_FIRST).forEach((name) => this.hidden.add(name));
    if (!this.runs.has(this.selected)) this.selected = this.order.find((name) => this.runs.get(name).state === "live") ?? this.order[0] ?? null;
    this.#drawSoon();
    this.onChange(isNew.length || before !== this.order.length ? "chosen" : "grown", new Set(runs.map((run) => run.name)));
  }

  /** The names of the runs that are drawn. */
  get chosen() {
    return this.order.filter((name) => !this.hidden.has(name));
  }

  /** The colour of a run. */
  colourOf(name) {
    return this.colours.get(name) ?? ofRun(this.places.get(name));
  }

  /** The dashes of a run's line. */
  dashesOf(name) {
    return dashesOf(this.places.get(name));
  }

  /** Look at a run. */
  select(name) {
    this.selected = name;
    history.replaceState(null, "", `#${encodeURIComponent(name)}`);
    this.#draw();
    this.onChange("selected");
  }

  #choose(all) {
    const shownNames = this.order.filter((name) => this.#matches(name));
    for (const name of shownNames) {
      if (all) this.hidden.delete(name);
      else this.hidden.add(name);
    }
    this.#keep();
    this.#draw();
    this.onChange("chosen");
  }

  #toggle(name, on) {
    if (on) this.hidden.delete(name);
    else this.hidden.add(name);
    this.#keep();
    this.#count();
    this.onChange("chosen");
  }

  #paint(name, value) {
    this.colours.set(name, value);
    this.#keep();
    this.onChange("colours");
  }

  #recolour() {
    for (const [name, row] of this.rows) row.colour.value = this.colourOf(name);
    this.onChange("colours");
  }

  #keep() {
    const kept = { hidden: [...this.hidden].filter((name) => this.runs.has(name)), colours: Object.fromEntries(this.colours) };
    try {
      sessionStorage.setItem(STORE, JSON.stringify(kept));
    } catch {
      // a browser that keeps nothing: the choice lasts as long as the page
    }
  }

  #matches(name) {
    return name.toLowerCase().includes(this.filter.value.toLowerCase());
  }

  #applyFilter() {
    for (const [name, row] of this.rows) row.item.hidden = !this.#matches(name);
  }

  #count() {
    const drawn = this.chosen.length;
    document.getElementById("runs-count").textContent = `${drawn} of ${this.order.length} drawn`;
  }

  #draw() {
    const items = this.order.map((name) => this.#row(name).item);
    if (items.length !== this.list.children.length || items.some((item, place) => this.list.children[place] !== item)) {
      this.list.replaceChildren(...items);
    }
    for (const name of [...this.rows.keys()]) if (!this.runs.has(name)) this.rows.delete(name);
    document.getElementById("runs-empty").hidden = this.order.length > 0;
    document.getElementById("runs-filter").hidden = this.order.length < 6;
    this.#count();
    this.#applyFilter();
  }

  #row(name) {
    const row = this.rows.get(name) ?? this.#made(name);
    const run = this.runs.get(name);
    row.drawn.checked = !this.hidden.has(name);
    row.colour.value = this.colourOf(name);
    row.button.setAttribute("aria-pressed", String(name === this.selected));
    row.item.classList.toggle("selected", name === this.selected);
    const loss = run.last.loss ?? run.last.train_loss;
    const accuracy = run.last.val_accuracy;
    const parts = [STATES[run.state], `step ${shown(run.step)}`];
    if (loss !== undefined) parts.push(`loss ${shown(loss)}`);
    if (accuracy !== undefined) parts.push(`validation ${(100 * accuracy).toFixed(1)}%`);
    row.facts.textContent = parts.join(" · ");
    row.item.dataset.state = run.state;
    const count = run.findings ?? 0;
    row.badge.textContent = count ? `${count} ${count === 1 ? "finding" : "findings"}` : "";
    row.badge.hidden = count === 0;
    return row;
  }

  #made(name) {
    const drawn = element("input", { type: "checkbox", "aria-label": `Draw ${name}`, onchange: (event) => this.#toggle(name, event.target.checked) });
    const colour = element("input", { type: "color", "aria-label": `Colour of ${name}`, oninput: (event) => this.#paint(name, event.target.value) });
    const facts = element("span", { class: "quiet facts" });
    const badge = element("span", { class: "badge" });
    const button = element("button", { type: "button", class: "name", onclick: () => this.select(name) }, element("span", { class: "run-name" }, name), facts, badge);
    const row = { item: element("li", {}, drawn, colour, button), drawn, colour, facts, badge, button };
    this.rows.set(name, row);
    return row;
  }
}

function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(STORE)) ?? {};
  } catch {
    return {};
  }
}
