// The settings that differ between the runs that are drawn; of one run, all.

import { ask } from "./api.js";
import { calmed, element } from "./dom.js";

export class Settings {
  constructor(runs) {
    this.runs = runs;
    this.place = document.getElementById("settings");
    this.title = document.getElementById("settings-title");
    this.refresh = calmed(1500, () => this.#ask());
  }

  async #ask() {
    const chosen = this.runs.chosen;
    const answer = await ask("settings", { run: chosen }).catch(() => null);
    if (answer === null) return;
    const several = answer.runs.length > 1;
    this.title.textContent = several ? "Settings that differ" : "Settings";
    const key = JSON.stringify(answer);
    if (key === this.key) return;
    this.key = key;
    this.place.replaceChildren(...(several ? differing(answer) : [all(answer)]));
  }
}

function differing({ runs, rows, equal }) {
  const said = element("p", { class: "quiet" }, rows.length ? `${equal} further settings are equal in all runs that are drawn.` : `All ${equal} settings are equal.`);
  const main = rows.filter((row) => new Set(row.values.filter(Boolean)).size > 1);
  const rest = rows.filter((row) => !main.includes(row)); // recorded for some of the runs, with one value
  const made = main.length ? [table(runs, main, "Settings that differ")] : [];
  if (rest.length) made.push(element("details", {}, element("summary", {}, `${rest.length} settings that only some of these runs have`), table(runs, rest, "Settings that only some runs have")));
  return [...made, said];
}

/** Return a table; the longer side, settings or runs, goes down. */
function table(runs, rows, name) {
  const settings = rows.map((row) => words(row.name));
  const isTall = rows.length > runs.length;
  const [across, down] = isTall ? [runs, settings] : [settings, runs];
  const value = (line, place) => (isTall ? rows[line].values[place] : rows[place].values[line]) || "–";
  const head = element("tr", {}, element("th", { scope: "col" }, isTall ? "setting" : "run"), ...across.map((one) => element("th", { scope: "col" }, one)));
  const lines = down.map((one, line) => element("tr", {}, element("th", { scope: "row" }, one), ...across.map((_, place) => element("td", {}, value(line, place)))));
  return element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": name }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...lines)));
}

function all({ runs, rows }) {
  if (!rows.length) return element("p", { class: "quiet" }, runs.length ? "No settings are recorded." : "No run is drawn.");
  return element("dl", { class: "settings" }, ...rows.map((row) => element("div", {}, element("dt", {}, words(row.name)), element("dd", {}, row.values[0] || "–"))));
}

function words(name) {
  return name.replace(/_/g, " ").trim();
}
