// Colours of runs and of values, from the page's palette; they follow light and dark.

const ORDER = ["blue", "vermilion", "green", "purple", "orange", "sky", "ink"];
const DASHES = [[], [8, 3], [2, 3]]; // after seven runs colours come again, the lines differ
const dark = window.matchMedia("(prefers-color-scheme: dark)");

/** Return a colour of the palette. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Return the colour of the run at a place in the list. */
export function ofRun(place) {
  return colour(ORDER[place % ORDER.length]);
}

/** Return the dashes of the run at a place in the list. */
export function dashesOf(place) {
  return DASHES[Math.floor(place / ORDER.length) % DASHES.length];
}

/** Return a colour with transparency. */
export function faint(hex, share) {
  const channels = [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
  return `rgba(${channels.join(",")},${share})`;
}

/** Call a function when the reader's system changes between light and dark. */
export function onScheme(call) {
  dark.addEventListener("change", call);
}

/**
 * Return where a value lies beside its usual range: 0 inside, up to 1 above it, down to -1 below it; null without a value.
 * On a logarithmic scale a hundredfold is the end, on a linear one 1 is.
 */
export function strangeness(value, vital) {
  if (value === null || value === undefined) return null;
  const { low, high, logarithmic } = vital;
  if (high !== null && value > high) {
    return Math.min(1, 0.25 + 0.75 * (logarithmic ? Math.log10(value / high) / 2 : (value - high) / Math.max(1 - high, 1e-9)));
  }
  if (low !== null && value < low) {
    return value <= 0 ? -1 : -Math.min(1, 0.25 + (0.75 * Math.log10(low / value)) / 2);
  }
  return 0;
}

/**
 * Return the fill of a value. Outside the usual range: orange above, blue below, the stronger the farther. Inside it: a grey that
 * deepens from the lowest value of the run to its highest, so that the course can be seen.
 */
export function fillOf(value, vital, range) {
  const strange = strangeness(value, vital);
  if (strange === null) return null;
  if (strange !== 0) return faint(colour(strange > 0 ? "vermilion" : "blue"), 0.2 + 0.55 * Math.abs(strange));
  const [low, high] = range;
  const at = (number) => (vital.logarithmic ? Math.log10(Math.max(number, 1e-30)) : number);
  const share = high > low ? (at(value) - at(low)) / (at(high) - at(low)) : 0.5;
  return faint(colour("green"), 0.12 + 0.4 * Math.min(1, Math.max(0, share)));
}
