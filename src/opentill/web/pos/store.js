// What the till knows. Views draw it; whoever changes it says so with `update`.

export const state = {
  view: "sell",
  config: { backend: "", token: "", readers: "" },
  menu: null,
  fault: null, // why the till cannot be opened
  reader: { phase: "none", list: [], target: null, error: null, inUse: null, automatic: false, taken: false },
  readersOpen: false,
  order: { id: crypto.randomUUID(), quantities: {} },
  tile: null, // the one that Tab leads to
  cartShown: false, // on a phone: the order instead of the menu
  notice: null,
  pay: null,
  receipt: null,
  sales: { orders: null, error: null, asking: null, busy: null },
  closing: { payments: null, orders: null, error: null, busy: null, done: [] },
  card: { step: "form", error: null, saved: null, id: crypto.randomUUID(), name: "" },
  bench: { open: false, card: "visa", tip: 0, lose: "nothing" },
};

const watchers = [];
let due = false;

/** Have `draw` called after each change. */
export function watch(draw) {
  watchers.push(draw);
}

/** Change parts of the state: `update({ pay: null })`, or only announce that something in it was changed. */
export function update(changes = {}) {
  Object.assign(state, changes);
  if (due) return;
  due = true;
  queueMicrotask(() => {
    due = false;
    for (const draw of watchers) draw();
  });
}

/** Have screen readers say something. */
export function say(text) {
  document.getElementById("speech").textContent = text;
}

/** Amounts are cents. */
export function money(cents, currency = state.menu?.currency ?? "usd") {
  return new Intl.NumberFormat("en-US", { style: "currency", currency }).format(cents / 100);
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// A browser that keeps nothing (private windows, full disks): the till works, and starts anew after a reload.

/** What `storage` has under a name, as JSON. */
export function recall(storage, name) {
  try {
    return JSON.parse(storage.getItem(name));
  } catch {
    return null;
  }
}

/** Keep a value of JSON, or forget it if it is null. */
export function keep(storage, name, value) {
  try {
    if (value === null) storage.removeItem(name);
    else storage.setItem(name, JSON.stringify(value));
  } catch {
    // see above
  }
}
