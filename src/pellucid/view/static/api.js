// Questions to the server.

/** Return the answer to a question; throws an Error with the server's words. */
export async function ask(name, parameters = {}) {
  const response = await fetch(address(name, parameters));
  const kind = response.headers.get("content-type") ?? "";
  if (!response.ok) {
    const said = kind.startsWith("application/json") ? (await response.json()).error : await response.text();
    throw new Error(said || `the server answered ${response.status}`);
  }
  return kind.startsWith("application/json") ? response.json() : response;
}

function address(name, parameters) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined) query.append(key, one);
    }
  }
  return `/api/${name}?${query}`;
}

/** Call `onRuns({runs, whole})` whenever runs change, and `onState` with words on the connection. */
export function watch(onRuns, onState) {
  const source = new EventSource("/events");
  source.addEventListener("open", () => onState("live"));
  source.addEventListener("message", (event) => onRuns(JSON.parse(event.data)));
  source.addEventListener("error", () => onState("not connected: is `pellucid view` still running?"));
}
