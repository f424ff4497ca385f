// What the doctor found in the run that is looked at, each with its evidence drawn and its page.

import { ask } from "./api.js";
import { axis } from "./chart.js";
import { colour, faint, onScheme } from "./colours.js";
import { calmed, element, sentence } from "./dom.js";

export class Findings {
  constructor(runs, flow) {
    this.runs = runs;
    this.flow = flow;
    this.place = document.getElementById("findings");
    this.refresh = calmed(1000, () => this.#ask());
    onScheme(() => this.#again());
  }

  /** Draw another run's. */
  change() {
    this.key = null;
    return this.#ask();
  }

  #again() {
    this.key = null;
    this.refresh();
  }

  async #ask() {
    const run = this.runs.selected;
    if (run === null) return this.place.replaceChildren();
    const answer = await ask("findings", { run }).catch(() => null);
    if (answer === null || run !== this.runs.selected) return;
    const key = JSON.stringify(answer);
    if (key === this.key) return;
    this.key = key;
    this.place.replaceChildren(...said(answer), ...(answer.findings ?? []).map((finding) => this.#card(run, finding)));
  }

  #card(run, finding) {
    const doubt = finding.confidence === "high" ? "" : "possibly ";
    const since = finding.since_step === null || finding.evidence.includes("since step") ? "" : ` Since step ${finding.since_step.toLocaleString("en")}.`;
    const advice = finding.because ? `It may follow from ${finding.because}: cure that first.` : finding.cure;
    const where = finding.layer ? element("button", { type: "button", class: "link", onclick: () => this.flow.show(finding.where, finding.vital) }, `${finding.where}: show it among the layers`) : finding.where;
    const plot = element("div", { class: "evidence" });
    const card = element(
      "article",
      { class: `finding ${finding.confidence}` },
      element("h4", {}, `${doubt}${finding.ailment.replaceAll("-", " ")} `, element("small", {}, finding.code)),
      finding.where ? element("p", { class: "quiet" }, where) : null,
      element("p", {}, `${finding.evidence}.${since}`),
      plot,
      element("p", {}, element("strong", {}, ...sentence(advice))),
      explanation(finding.code),
    );
    if (finding.drawn) drawEvidence(plot, run, finding.code);
    return card;
  }
}

function said({ findings, live, watched }) {
  if (findings === null) return [element("p", { class: "quiet" }, watched ? "Nothing yet: the doctor says what it found when the run has ended, of some runs also before." : "No doctor looked at this run.")];
  if (!findings.length) return [element("p", { class: "good" }, live ? "Nothing so far." : "Nothing found: the run looks healthy.")];
  return live ? [element("p", { class: "quiet" }, "So far, from vitals and data alone; at its end the run is examined.")] : [];
}

function explanation(code) {
  const body = element("div");
  const opened = async (event) => {
    if (!event.target.open || body.childNodes.length) return;
    const page = await ask("explain", { code }).catch((error) => ({ title: error.message, blocks: [] }));
    body.replaceChildren(element("p", {}, `${page.title}.`), ...blocks(page.blocks));
  };
  return element("details", { ontoggle: opened }, element("summary", {}, `What ${code} means`), body);
}

function blocks(all) {
  const made = [];
  for (const { kind, text } of all) {
    if (kind === "text") made.push(element("p", {}, ...sentence(text)));
    else {
      if (made.at(-1)?.tagName !== "UL") made.push(element("ul"));
      made.at(-1).append(element("li", {}, ...sentence(text)));
    }
  }
  return made;
}

async function drawEvidence(place, run, code) {
  const found = await ask("evidence", { run, code }).catch(() => null);
  if (found === null || !found.x.length || !place.isConnected) return;
  const usual = usualText(found);
  place.append(element("p", { class: "quiet" }, found.title, usual));
  const positive = found.logarithmic ? found.y.map((value) => (value > 0 ? value : null)) : found.y;
  const stroke = colour("vermilion");
  new uPlot(
    {
      width: Math.min(520, Math.max(220, place.clientWidth)),
      height: 130,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false }, y: found.logarithmic ? { distr: 3 } : { range: (_, low, high) => reach(low, high, found) } },
      axes: [axis({ size: 30 }), axis({ size: 56 })],
      series: [{}, { stroke, width: 1.6, spanGaps: true, points: { show: found.x.length <= 30, size: 5, fill: stroke } }],
      hooks: { drawClear: [(plot) => drawUsual(plot, found)] },
    },
    [found.x, positive],
    place,
  );
  place.firstChild.nextSibling.setAttribute("role", "img");
  place.firstChild.nextSibling.setAttribute("aria-label", `${found.title}${usual}: from ${found.y.find((v) => v !== null)} to ${found.y.findLast((v) => v !== null)}`);
}

/** Return the range of an axis that shows the values and the usual range. */
function reach(low, high, usual) {
  const bottom = Math.min(low ?? 0, usual.low ?? low ?? 0, usual.high === null ? Infinity : 0);
  const top = Math.max(high ?? 1, usual.high ?? high ?? 1);
  return uPlot.rangeNum(bottom, top === bottom ? top + 1 : top, 0.1, true);
}

function usualText({ low, high }) {
  if (low === null && high === null) return "";
  if (low === null) return `; green: usually below ${Number(high.toPrecision(2))}`;
  return `; green: usually ${low} to ${high}`;
}

/** Shade the usual range, and mark the step since which something is wrong. */
function drawUsual(plot, { low, high, since }) {
  const { ctx, bbox } = plot;
  ctx.save();
  if (low !== null || high !== null) {
    const place = (value, other) => (value === null ? other : Math.min(bbox.top + bbox.height, Math.max(bbox.top, plot.valToPos(value, "y", true))));
    const top = place(high, bbox.top);
    const bottom = place(low, bbox.top + bbox.height);
    ctx.fillStyle = faint(colour("green"), 0.15);
    ctx.fillRect(bbox.left, top, bbox.width, Math.max(0, bottom - top));
  }
  if (since !== null && since >= plot.scales.x.min) {
    const x = Math.round(plot.valToPos(since, "x", true));
    ctx.strokeStyle = colour("quiet");
    ctx.setLineDash([4, 4]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
