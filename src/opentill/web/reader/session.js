// What the page remembers while its tab lives: where the drawer stood, which card was chosen. Never what was typed.

const NAME = "opentill.reader";

/** What was kept, or `otherwise`, e.g. when the browser keeps nothing. */
export function recall(key, otherwise) {
  return read()[key] ?? otherwise;
}

/** Keep a value of JSON under a key. */
export function keep(key, value) {
  try {
    sessionStorage.setItem(NAME, JSON.stringify({ ...read(), [key]: value }));
  } catch {
    // A browser that keeps nothing: everything works, and starts anew after a reload.
  }
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME)) ?? {};
  } catch {
    return {};
  }
}
