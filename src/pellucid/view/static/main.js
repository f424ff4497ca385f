// The page: news of runs go to the list, and from there to whatever shows them.

import { watch } from "./api.js";
import { Curves } from "./curves.js";
import { element } from "./dom.js";
import { Findings } from "./findings.js";
import { Flow } from "./flow.js";
import { Pictures } from "./pictures.js";
import { RunList } from "./runs.js";
import { Settings } from "./settings.js";

const title = document.getElementById("run-title");
const troubles = document.getElementById("run-troubles");
const connection = document.getElementById("connection");
const runsBox = document.getElementById("runs-box");
let looked = null; // the run that is looked at

const runs = new RunList(changed);
const curves = new Curves(runs);
const settings = new Settings(runs);
const flow = new Flow(runs);
const findings = new Findings(runs, flow);
const pictures = new Pictures(runs);

if (window.matchMedia("(max-width: 50rem)").matches) runsBox.open = false;
watch((news) => runs.update(news), (state) => {
  connection.textContent = state;
  connection.classList.toggle("lost", state !== "live");
});

function changed(kind, names) {
  if (kind === "colours") return curves.redraw();
  if (kind === "chosen" || (kind === "grown" && runs.chosen.some((name) => names.has(name)))) {
    curves.refresh();
    settings.refresh();
  }
  if (runs.selected !== looked) {
    look();
  } else if (names?.has(looked)) {
    showTroubles();
    flow.refresh();
    findings.refresh();
  }
}

function look() {
  looked = runs.selected;
  title.textContent = looked ?? "No run selected";
  showTroubles();
  flow.change();
  findings.change();
  pictures.change();
}

function showTroubles() {
  const said = runs.runs.get(looked)?.troubles ?? [];
  troubles.replaceChildren(...said.map((text) => element("li", {}, text)));
}
