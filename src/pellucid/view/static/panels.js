// Which curves belong into one picture.

const FIXED = {
  loss: { title: "Loss", curves: ["loss", "val_loss"], instead: { loss: "train_loss" } },
  accuracy: { title: "Accuracy", curves: ["train_accuracy", "val_accuracy"], instead: { train_accuracy: "accuracy" }, share: true },
};
const OF_STEPS = { learning_rate: "Learning rate", gradient_norm: "Gradient length" };

/** Return the pictures {key, title, curves} that there are curves for, in order. */
export function panelsOf(runs) {
  const names = new Set(runs.flatMap((run) => run.curves));
  const panels = [];
  for (const [key, { title, curves, instead, share }] of Object.entries(FIXED)) {
    const there = curves.map((name) => (names.has(name) ? name : instead[name])).filter((name) => names.has(name));
    if (there.length) panels.push({ key, title, curves: there, share });
    [...curves, ...Object.values(instead)].forEach((name) => names.delete(name));
  }
  for (const name of [...names].filter((one) => !(one in OF_STEPS)).sort()) {
    const plain = name.replace(/^(train|val)_/, "");
    const panel = panels.find((one) => one.key === `metric-${plain}`);
    if (panel) panel.curves.push(name);
    else panels.push({ key: `metric-${plain}`, title: words(plain), curves: [name] });
  }
  for (const [name, title] of Object.entries(OF_STEPS)) {
    if (names.has(name)) panels.push({ key: name, title, curves: [name], logarithmic: name === "gradient_norm" });
  }
  return panels;
}

function words(name) {
  const text = name.replaceAll("_", " ");
  return text[0].toUpperCase() + text.slice(1);
}
