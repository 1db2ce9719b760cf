// What is done with sales afterwards: receipts, refunds, saved cards, and the end of the day.

import { ask } from "./backend.js";
import { screenIsFree, showCart, simulated, terminal } from "./readers.js";
import { money, say, state, update } from "./store.js";
import { printed } from "./printout.js";

const PRINTERS = ["verifone_v660p", "simulated_verifone_v660p"];

// Receipts ----------------------------------------------------------------------------------------------------------

/** Show the receipt of an order. */
export async function showReceipt(order) {
  update({ view: "receipt", receipt: { order, card: null, fresh: false, email: null } });
  let card;
  try {
    card = await ask("GET", `/orders/${order.id}/receipt`);
  } catch (error) {
    card = { error: error.message };
  }
  if (state.receipt?.order.id === order.id) change("receipt", { card });
}

/** Whether the reader can print. */
export const canPrint = () => PRINTERS.includes(state.reader.target?.device_type);

/** Print the receipt on the reader. */
export async function printOnReader() {
  change("receipt", { printing: "busy" });
  const result = await terminal.print(printed(state.receipt));
  change("receipt", { printing: result.error ? result.error.message : "done" });
  say(result.error ? result.error.message : "Printed.");
}

/** Ask the customer, on the reader, where the receipt should go. */
export async function askForEmail() {
  const { id } = state.receipt.order;
  change("receipt", { email: { step: "asking" } });
  say("The reader asks for an email address.");
  await screenIsFree();
  const result = await terminal.collectInputs({
    inputs: [
      {
        formType: "email",
        title: "Your receipt",
        description: "Where may we send it?",
        required: false,
        submitButtonText: "Send",
        skipButtonText: "No, thanks",
      },
    ],
  });
  if (state.receipt?.order.id !== id) return;
  if (result.error) {
    const canceled = result.error.code === "canceled" || result.error.code === "canceled_by_customer";
    return change("receipt", { email: canceled ? null : { step: "failed", message: result.error.message } });
  }
  const [answer] = result;
  if (answer.skipped || !answer.email) return change("receipt", { email: { step: "skipped" } });
  try {
    const order = await ask("PUT", `/orders/${id}/email`, { email: answer.email });
    change("receipt", { order, email: { step: "given" } });
    say(`The receipt goes to ${order.email}.`);
  } catch (error) {
    change("receipt", { email: { step: "failed", message: error.message } });
  }
}

/** Take the question off the reader's screen. */
export const stopAskingForEmail = () => terminal.cancelCollectInputs();

// Sales of the day --------------------------------------------------------------------------------------------------

/** Look up today's orders. */
export async function loadSales() {
  try {
    change("sales", { orders: (await ask("GET", "/orders")).orders, error: null });
  } catch (error) {
    change("sales", { error: error.message });
  }
}

/** Give back all of an order's money. */
export async function refund(id) {
  change("sales", { busy: id, error: null });
  try {
    const order = await ask("POST", `/orders/${id}/refund`);
    const orders = state.sales.orders.map((one) => (one.id === id ? order : one));
    change("sales", { orders, asking: null });
    say(`Refunded ${money(order.total + order.tip)}.`);
  } catch (error) {
    change("sales", { error: error.message });
    say(error.message);
  }
  change("sales", { busy: null });
}

// The end of the day ------------------------------------------------------------------------------------------------

/** Look for payments that were approved and never captured. */
export async function loadClosing() {
  change("closing", { error: null });
  try {
    const [{ payments }, { orders }] = await Promise.all([ask("GET", "/reconciliation"), ask("GET", "/orders")]);
    change("closing", { payments, orders });
  } catch (error) {
    change("closing", { error: error.message });
  }
}

/** Do with one of them what is advised. */
export async function reconcile(intent, action) {
  const payment = state.closing.payments.find((one) => one.payment_intent === intent);
  change("closing", { busy: intent, error: null });
  try {
    await ask("POST", `/reconciliation/${intent}`, { action });
    const text = action === "capture" ? `Captured ${money(payment.amount)}.` : `Released ${money(payment.amount)}.`;
    change("closing", { done: [text, ...state.closing.done] });
    say(text);
    await loadClosing();
  } catch (error) {
    change("closing", { error: error.message });
    say(error.message);
  }
  change("closing", { busy: null });
}

// Cards to save -----------------------------------------------------------------------------------------------------

/** Save a card of a customer who agreed to it. */
export async function saveCard(name, consent) {
  const { id } = state.card;
  change("card", { step: "waiting", error: null, name });
  say("The reader is waiting for a card.");
  try {
    await screenIsFree();
    const { client_secret } = await ask("PUT", `/cards/${id}`, { name, consent });
    if (simulated()) terminal.setSimulatorConfiguration({ testPaymentMethod: state.bench.card });
    const collected = await terminal.collectSetupIntentPaymentMethod(client_secret, "always", {
      enable_customer_cancellation: true,
    });
    if (collected.error) return cardFailed(collected.error);
    change("card", { step: "confirming" });
    const confirmed = await terminal.confirmSetupIntent(collected.setupIntent);
    if (confirmed.error) return cardFailed(confirmed.error);
    change("card", { step: "saved", saved: await ask("GET", `/cards/${id}`) });
    say("The card is saved.");
  } catch (error) {
    cardFailed(error);
  } finally {
    showCart();
  }
}

function cardFailed(error) {
  const canceled = error.code === "canceled" || error.code === "canceled_by_customer";
  change("card", { step: "form", error: canceled ? "Canceled. No card was saved." : error.message });
  say(state.card.error);
}

/** Stop waiting for the card. */
export const cancelCard = () => terminal.cancelCollectSetupIntentPaymentMethod();

/** The next customer. */
export function anotherCard() {
  update({ card: { step: "form", error: null, saved: null, id: crypto.randomUUID(), name: "" } });
}

function change(part, changes) {
  update({ [part]: { ...state[part], ...changes } });
}
