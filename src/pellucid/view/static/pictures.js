// Pictures of the run that is looked at, made when they are asked for.

import { ask } from "./api.js";
import { element } from "./dom.js";

export class Pictures {
  constructor(runs) {
    this.runs = runs;
    this.place = document.getElementById("pictures");
  }

  /** Offer the pictures of another run. */
  change() {
    const run = this.runs.selected;
    if (run === null) return this.place.replaceChildren();
    this.place.replaceChildren(offer("Filters of the first layer", () => filters(run)), offer("Images that are most wrong", () => mistakes(run)));
  }
}

function offer(title, make) {
  const body = element("div", { "aria-live": "polite" });
  const show = async () => {
    button.disabled = true;
    body.replaceChildren(element("p", { class: "quiet" }, "loading"));
    body.replaceChildren(...(await make().catch((error) => [element("p", { class: "quiet" }, error.message)])));
    button.disabled = false;
    button.textContent = `${title}: again`;
  };
  const button = element("button", { type: "button", onclick: show }, title);
  return element("div", { class: "offer" }, button, body);
}

async function filters(run) {
  const response = await ask("filters", { run });
  const largest = response.headers.get("x-largest");
  const source = await asData(await response.blob());
  return [element("p", { class: "quiet" }, `The best epoch's filters, on one scale: grey is 0, white is ${largest}, black is −${largest}.`), element("img", { src: source, class: "filters", alt: `Filters of the first layer, from −${largest} to ${largest}` })];
}

async function mistakes(run) {
  const { wrong, of, images } = await ask("mistakes", { run });
  const said = element("p", { class: "quiet" }, `The best epoch's model takes ${wrong} of ${of} validation images for another class${images.length ? "; the most confident mistakes:" : "."}`);
  const figures = images.map((image) => {
    const words = `${image.true}, predicted ${image.predicted} (${(100 * image.confidence).toFixed(0)}%)`;
    return element("figure", {}, element("img", { src: image.source, alt: words }), element("figcaption", {}, words));
  });
  return [said, element("div", { class: "images" }, ...figures)];
}

function asData(blob) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.readAsDataURL(blob);
  });
}
