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
  if (!rows.length) return [said];
  const head = element("tr", {}, element("th", { scope: "col" }, "run"), ...rows.map((row) => element("th", { scope: "col" }, words(row.name))));
  const lines = runs.map((run, place) => element("tr", {}, element("th", { scope: "row" }, run), ...rows.map((row) => element("td", {}, row.values[place] || "–"))));
  return [element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Settings that differ" }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...lines))), said];
}

function all({ runs, rows }) {
  if (!rows.length) return element("p", { class: "quiet" }, runs.length ? "No settings are recorded." : "No run is drawn.");
  return element("dl", { class: "settings" }, ...rows.map((row) => element("div", {}, element("dt", {}, words(row.name)), element("dd", {}, row.values[0] || "–"))));
}

function words(name) {
  return name.replace(/_/g, " ").trim();
}
