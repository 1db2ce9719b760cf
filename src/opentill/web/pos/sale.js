// A sale: ringing up, paying, and what is done when that does not go well.
//
// One PaymentIntent an order, whatever happens. Which step is tried again follows the failure table of the guide:
// declined, another card is collected; a passing trouble or no answer, the same payment is processed again.

import { ask } from "./backend.js";
import { connected, screenIsFree, showCart, showCartOf, simulated, terminal } from "./readers.js";
import { keep, recall, say, state, update } from "./store.js";

const ORDER = "till.order";
const QUANTITY_MAX = 99;

let run = 0; // payments that were begun; what belongs to an earlier one is dropped

// Ringing up --------------------------------------------------------------------------------------------------------

/** What the order has, in the menu's order. */
export const lines = () =>
  state.menu.items
    .filter((item) => state.order.quantities[item.id])
    .map((item) => ({ ...item, quantity: state.order.quantities[item.id], amount: item.price * state.order.quantities[item.id] }));

/** What it comes to: shown here, computed and checked by the backend. */
export function totals() {
  const subtotal = lines().reduce((sum, line) => sum + line.amount, 0);
  const tax = Math.floor((subtotal * state.menu.tax_percent + 50) / 100);
  return { subtotal, tax, total: subtotal + tax };
}

/** Have `quantity` of an item in the order. */
export function setQuantity(id, quantity) {
  const quantities = { ...state.order.quantities };
  const wanted = Math.max(0, Math.min(QUANTITY_MAX, quantity));
  if (wanted) quantities[id] = wanted;
  else delete quantities[id];
  change({ ...state.order, quantities });
  const item = state.menu.items.find((one) => one.id === id);
  say(`${wanted} ${item.name}.`);
  showCart();
}

export const addQuantity = (id, more) => setQuantity(id, (state.order.quantities[id] ?? 0) + more);

/** Begin the next order. */
export function newOrder(notice = null) {
  run += 1;
  change({ id: crypto.randomUUID(), quantities: {} });
  update({ pay: null, receipt: null, view: "sell", notice, cartShown: false });
  showCart();
}

/** After a reload: the order that was being rung up, unless it has been closed meanwhile. */
export async function resumeOrder() {
  showCartOf(() => {
    if (state.pay || state.view === "card") return undefined;
    if (!lines().length) return null;
    const { tax, total } = totals();
    const line_items = lines().map(({ name, amount, quantity }) => ({ description: name, amount, quantity }));
    return { line_items, tax, total, currency: state.menu.currency };
  });
  const kept = recall(sessionStorage, ORDER);
  if (!kept?.id || !kept.quantities) return;
  const known = state.menu.items.map((item) => item.id);
  const quantities = Object.fromEntries(Object.entries(kept.quantities).filter(([id]) => known.includes(id)));
  if (kept.sent && (await stateOf(kept.id)) !== "open") return;
  change({ id: kept.id, quantities, sent: kept.sent });
}

async function stateOf(id) {
  try {
    return (await ask("GET", `/orders/${id}`)).state;
  } catch (error) {
    if (error.code === "no_such_order") return "open"; // the request that told of it was lost
    throw error;
  }
}

function change(order) {
  keep(sessionStorage, ORDER, order);
  update({ order, notice: null });
}

// Paying ------------------------------------------------------------------------------------------------------------

const path = (what) => `/orders/${state.order.id}${what}`;

async function ringUp() {
  change({ ...state.order, sent: true }); // from here on the backend may know it
  await ask("PUT", path(""), { quantities: state.order.quantities, total: totals().total });
}

/** Take the payment by card, from wherever it stands. */
export async function pay() {
  const mine = (run += 1);
  const step = (name) => mine === run && (update({ pay: { step: name, error: null, total: totals().total } }), say(SAID[name]));
  step("preparing");
  try {
    await screenIsFree();
    await ringUp();
    const intent = await ask("POST", path("/payment"));
    if (mine !== run) return;
    if (intent.status === "requires_capture" || intent.status === "succeeded") return await finish(mine); // paid before
    step("waiting");
    if (simulated()) simulateCustomer();
    const options = { config_override: { enable_customer_cancellation: true } };
    const collected = await terminal.collectPaymentMethod(intent.client_secret, options);
    if (mine !== run) return;
    if (collected.error) return troubled(collected.error, "collect");
    await process(mine, collected.paymentIntent);
  } catch (error) {
    if (mine === run) fail("backend", "The payment was not begun", error.message);
  }
}

async function process(mine, paymentIntent) {
  update({ pay: { ...state.pay, step: "authorizing", error: null, paymentIntent } });
  say(SAID.authorizing);
  const processed = await terminal.processPayment(paymentIntent);
  if (mine !== run) return;
  if (processed.error) return troubled(processed.error, "process");
  await finish(mine, processed.paymentIntent.amount);
}

/** Process the payment once more: the one that was collected, never a new one. */
export async function processAgain() {
  const mine = (run += 1);
  await process(mine, state.pay.paymentIntent);
}

/** The card was approved: tell the backend that the order is complete, then to take the money. */
async function finish(mine, amount = state.pay.amount) {
  update({ pay: { ...state.pay, step: "finishing", error: null, amount } });
  say(SAID.finishing);
  try {
    if (state.bench.lose === "everything") throw new Error("The test bench lost the request on its way.");
    let order = await ask("POST", path("/complete"));
    if (state.bench.lose === "nothing") order = await ask("POST", path("/capture"));
    if (mine !== run) return;
    await done(order);
  } catch (error) {
    if (mine === run) fail("unfinished", "Approved, but the shop does not know yet", error.message);
  }
}

/** Tell the backend again. */
export async function finishAgain() {
  const mine = (run += 1);
  state.bench.lose = "nothing";
  await finish(mine);
}

/** The customer pays with money instead. */
export async function payInCash() {
  const mine = (run += 1);
  update({ pay: { step: "cash", error: null, total: totals().total } });
  try {
    await screenIsFree();
    await ringUp();
    const order = await ask("POST", path("/cash"));
    if (mine === run) await done(order);
  } catch (error) {
    if (mine === run) fail("backend", "The order is not paid", error.message);
  }
}

async function done(order) {
  keep(sessionStorage, ORDER, null);
  let card = {};
  try {
    card = await ask("GET", `/orders/${order.id}/receipt`);
  } catch (error) {
    card = { error: error.message };
  }
  update({ pay: null, view: "receipt", receipt: { order, card, fresh: true, email: null } });
  say(order.paid_with === "cash" ? "Paid in cash." : "Paid.");
  if (connected() && order.paid_with === "cash") await terminal.clearReaderDisplay();
}

/** Stop waiting for a card. The SDK ends the collection with `canceled`. */
export async function cancelPayment() {
  update({ pay: { ...state.pay, canceling: true } });
  const result = await terminal.cancelCollectPaymentMethod();
  if (result.error && state.pay) update({ pay: { ...state.pay, canceling: false } });
}

/** Back to the order, which stays as it is. */
export function leavePayment(notice = null) {
  run += 1;
  update({ pay: null, view: "sell", notice });
  showCart();
}

/** The customer leaves: nothing stays held on a card. */
export async function abandon() {
  try {
    if (state.order.sent) await ask("POST", path("/abandon"));
    newOrder();
  } catch (error) {
    if (error.code === "no_such_order") newOrder();
    else leavePayment(`The order was not cleared: ${error.message}`);
  }
}

/** What went wrong on the reader, and so what can be done now. */
function troubled(error, during) {
  if (error.code === "canceled") return leavePayment("The payment was canceled. The order is still open.");
  if (error.code === "canceled_by_customer") return fail("again", "The customer canceled", "Nothing was charged.");
  const status = error.payment_intent?.status;
  if (status === "requires_payment_method") return fail("declined", "Declined", declined(error));
  if (!connected()) return fail("again", "The reader is gone", "Nothing is lost: with a reader the same payment goes on.");
  if (during === "process") {
    const unknown = "It is not known whether the card was charged. Trying again cannot charge it twice.";
    const known = "The card was not charged yet. Trying again goes on with the same payment.";
    return fail("process", "No answer", `${error.message} ${status === "requires_confirmation" ? known : unknown}`);
  }
  return fail("again", "The reader could not do it", error.message);
}

function fail(kind, title, message) {
  update({ pay: { ...state.pay, error: { kind, title, message } } });
  say(`${title}. ${message}`);
}

const REASONS = {
  insufficient_funds: "There is not enough money on this card.",
  expired_card: "The card has expired.",
  lost_card: "The bank does not accept this card.",
  stolen_card: "The bank does not accept this card.",
  incorrect_pin: "The PIN was wrong.",
  pin_try_exceeded: "The PIN was wrong too often.",
  withdrawal_count_limit_exceeded: "The card has reached its limit.",
  processing_error: "The bank could not process it.",
};

const declined = (error) =>
  REASONS[error.decline_code] ?? REASONS[error.code] ?? "The bank gave no reason. The customer may ask there.";

const SAID = {
  preparing: "Preparing the payment.",
  waiting: "The reader is waiting for a card.",
  authorizing: "Asking the bank.",
  finishing: "Approved. Taking the money.",
};

function simulateCustomer() {
  const { card, tip } = state.bench;
  terminal.setSimulatorConfiguration({ testPaymentMethod: card, tipAmount: tip || null });
}
