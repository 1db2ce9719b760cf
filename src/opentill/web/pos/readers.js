// Which reader this till works with: finding it, holding it, and getting it back.

import { ask } from "./backend.js";
import { keep, pause, recall, say, state, update } from "./store.js";

const SERIAL = "till.reader"; // survives everything: the counter has one reader
const HELD = "till.held"; // this tab holds it, so that a reload need not ask whether somebody else does
const RETRY_WAITS_S = [2, 3, 5, 8, 15];
const CART_WAIT_MS = 250;

/** The Terminal object of the SDK. */
export let terminal;

let attempts = 0; // connections that were tried; whoever finds the number changed has been overtaken
let wake = () => {};

/** Make the Terminal. */
export function createTerminal() {
  terminal = StripeTerminal.create({
    onFetchConnectionToken: async () => (await ask("POST", "/connection_token")).secret,
    onUnexpectedReaderDisconnect: lost,
  });
}

export const connected = () => state.reader.phase === "connected";

export const simulated = () => connected() && state.reader.target.id === "SIMULATOR";

/** What the cashier calls a reader. */
export const nameOf = (reader) => reader?.label || reader?.serial_number || "the reader";

/** Find readers: those of the account, and the simulated one, which the account always has. */
export async function discover() {
  change({ phase: connected() ? "connected" : "discovering", error: null, inUse: null, automatic: false });
  const found = await everyReader();
  if (found.error) change({ phase: connected() ? "connected" : "none", error: found.error.message });
  else {
    change({ phase: connected() ? "connected" : "none", list: found.discoveredReaders });
    say(`${found.discoveredReaders.length} readers found.`);
  }
}

async function everyReader() {
  const found = await terminal.discoverReaders();
  if (found.error) return found;
  const own = await terminal.discoverReaders({ simulated: true });
  return { discoveredReaders: [...found.discoveredReaders, ...(own.discoveredReaders ?? [])] };
}

/** Connect to a reader; first without disturbing another till that is using it, then, if asked to, all the same. */
export async function connect(reader, takeOver = false) {
  if (connected()) await disconnect();
  change({ automatic: false });
  const error = await hold(reader, takeOver);
  if (!error) return;
  const inUse = error.code === "reader_error" && !takeOver && !isOffline(error);
  change({ phase: "none", target: null, error: error.message, inUse: inUse ? reader : null });
  say(error.message);
}

/** Have the reader; the error if that does not work, undefined if it does or somebody chose another meanwhile. */
async function hold(reader, takeOver) {
  const attempt = (attempts += 1);
  wake();
  change({ phase: "connecting", target: reader, error: null, inUse: null, taken: false });
  say(`Connecting to ${nameOf(reader)}.`);
  const result = await terminal.connectReader(reader, { fail_if_in_use: !takeOver });
  if (attempt !== attempts) return undefined;
  if (result.error) return result.error;
  keep(localStorage, SERIAL, reader.serial_number);
  keep(sessionStorage, HELD, reader.serial_number);
  change({ phase: "connected", target: result.reader, automatic: false });
  update({ readersOpen: false });
  say(`Connected to ${nameOf(result.reader)}.`);
  showCart();
  return undefined;
}

/** The SDK has one code for all that readers refuse; what it says tells the one apart that passes by itself. */
const isOffline = (error) => /offline/i.test(error?.message);

/** Let the reader go, and do not come back to it by ourselves. */
export async function disconnect() {
  keep(localStorage, SERIAL, null);
  keep(sessionStorage, HELD, null);
  const result = await terminal.disconnectReader();
  change({ phase: "none", target: null, error: result.error?.message ?? null });
  say("Disconnected.");
}

/** After a start: the reader that was connected last, if it is there. */
export async function reconnect() {
  const serial = recall(localStorage, SERIAL);
  if (!serial) return discover();
  change({ phase: "discovering", automatic: true });
  const found = await everyReader();
  const readers = found.discoveredReaders ?? [];
  const known = readers.find((reader) => reader.serial_number === serial);
  change({ list: readers });
  if (found.error) return change({ phase: "none", automatic: false, error: found.error.message });
  if (!known) return change({ phase: "none", automatic: false, error: "The reader of this till was not found." });
  await regain(known, recall(sessionStorage, HELD) === serial, known.status === "offline" ? "It is offline." : null);
}

/** The SDK's callback: the reader is not ours any more. */
async function lost({ error }) {
  const reader = state.reader.target;
  if (!reader) return;
  keep(sessionStorage, HELD, null);
  say(`The connection to ${nameOf(reader)} was lost.`);
  change({ phase: "lost", target: reader, error: error?.message ?? "The reader disconnected.", taken: false });
  // One that is there and not ours is with another till, and taking it back is for a person to decide. One that is
  // not there is waited for.
  if (!isOffline(error) && (await look(reader))?.status === "online") {
    if (state.reader.phase === "lost") change({ taken: true });
  } else await regain(reader, false, state.reader.error);
}

/** Get a reader back: now, or if there is a `reason` why not, again and again, less and less often. */
async function regain(reader, takeOver, reason) {
  change({ automatic: true });
  for (let tried = 0; ; tried += 1) {
    if (reason !== null && !(await waited(reader, reason, tried))) return;
    const there = reason === null ? reader : await look(reader);
    if (there?.status === "online") {
      const error = await hold(there, takeOver);
      if (!error) return;
      reason = error.message;
      if (!isOffline(error)) {
        change({ phase: "lost", error: reason, taken: true, automatic: false });
        return;
      }
    }
  }
}

/** Wait, and show that; false if somebody chose another reader meanwhile. */
async function waited(reader, reason, tried) {
  const attempt = (attempts += 1);
  change({ phase: "lost", target: reader, error: reason, automatic: true, taken: false });
  const wait = RETRY_WAITS_S[Math.min(tried, RETRY_WAITS_S.length - 1)];
  await Promise.race([pause(wait * 1000), new Promise((resolve) => (wake = resolve))]);
  return attempt === attempts;
}

async function look(reader) {
  const found = await everyReader();
  if (found.discoveredReaders) change({ list: found.discoveredReaders });
  return found.discoveredReaders?.find((one) => one.serial_number === reader.serial_number);
}

/** Try now, instead of later; or take back what another till took. */
export async function tryNow() {
  const { target, taken } = state.reader;
  if (taken) await connect(target, true);
  else wake();
}

/** Stop trying, and choose. */
export async function chooseAnother() {
  attempts += 1;
  wake();
  change({ phase: "none", target: null, error: null, taken: false });
  update({ readersOpen: true });
  await discover();
}

function change(changes) {
  Object.assign(state.reader, changes);
  update();
}

// The cart on the reader's screen ---------------------------------------------------------------------------------

let timer;
let showing = Promise.resolve();
let cartOnReader = () => null;

/** Where the cart comes from: null if there is nothing to show, undefined if the screen is not ours now. */
export function showCartOf(cart) {
  cartOnReader = cart;
}

/** Bring the reader's screen in line with the order, soon: not for every key. */
export function showCart() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    showing = showing.then(async () => {
      const cart = cartOnReader();
      if (!connected() || cart === undefined) return;
      await (cart === null ? terminal.clearReaderDisplay() : terminal.setReaderDisplay({ type: "cart", cart }));
    });
  }, CART_WAIT_MS);
}

/** Let no cart come in the way of what the reader is to do next. */
export async function screenIsFree() {
  clearTimeout(timer);
  await showing;
}
