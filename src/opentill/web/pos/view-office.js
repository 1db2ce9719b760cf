// Today's sales, the end of the day, and saving a card.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { connected } from "./readers.js";
import { cardName } from "./printout.js";
import { money, state } from "./store.js";

const clock = (order) => new Date(order.created * 1000).toLocaleTimeString("en-US", { timeStyle: "short" });
const what = (order) => order.lines.map((line) => (line.quantity > 1 ? `${line.quantity} × ${line.name}` : line.name)).join(", ");
const heading = (text, detail) => h("div.heading", {}, h("h2", { tabindex: "-1", "data-heading": true }, text), h("p", {}, detail));
const problem = (error) => error && h("p.problem", { role: "alert" }, icon("warning"), error);

// Sales ---------------------------------------------------------------------------------------------------------------

export function salesView() {
  const { orders, error } = state.sales;
  const closed = orders?.filter((order) => order.state === "completed");
  return h("div.page", { "data-view": "sales" },
    heading("Sales", "Today, newest first. A refund gives back all of it, tip and tax included."),
    problem(error),
    closed === undefined ? !error && h("p.loading", {}, "Looking them up…")
      : closed.length === 0 ? h("div.nothing", {}, icon("receipt"), h("p", {}, "Nothing has been sold today."))
      : h("ul.rows", {}, closed.map(sale)));
}

function sale(order) {
  const { asking, busy } = state.sales;
  const amount = money(order.total + order.tip);
  return h("li.row", { "data-part": order.id, "data-refunded": order.refunded },
    h("span.sign", {}, icon(order.paid_with === "cash" ? "cash" : "card")),
    h("div.what", {}, h("b", {}, what(order)), h("small", {}, `${clock(order)} · ${order.paid_with === "cash" ? "cash" : "card"}${order.tip ? ` · tip ${money(order.tip)}` : ""}`)),
    h("span.state", { "data-state": order.refunded ? "refunded" : order.captured ? "paid" : "open" }, order.refunded ? "Refunded" : order.captured ? "Paid" : "Not captured"),
    h("span.amount", {}, amount),
    h("div.choices", {}, asking === order.id
      ? [h("button.danger", { type: "button", "data-part": "yes", "data-do": "refund", "data-id": order.id, disabled: busy === order.id }, busy === order.id ? "Refunding…" : `Refund ${amount}`),
         h("button.quiet", { type: "button", "data-part": "no", "data-do": "keepSale" }, "Keep it")]
      : [h("button.quiet", { type: "button", "data-part": "receipt", "data-do": "showReceipt", "data-id": order.id, "aria-label": `Receipt of ${what(order)}` }, "Receipt"),
         !order.refunded && order.captured && h("button.quiet", { type: "button", "data-part": "refund", "data-do": "askRefund", "data-id": order.id, "aria-label": `Refund ${what(order)}` }, "Refund…")]));
}

// The end of the day --------------------------------------------------------------------------------------------------

const CASES = {
  no_completed_order: ["No completed order", "The customer left in the middle, and the amount is still held on the card. Release it."],
  not_captured: ["The capture was lost", "The order is complete and nothing else has paid for it. Take the money."],
  paid_otherwise: ["Paid otherwise", "The order was paid in cash, or by another payment. Release what is held on the card."],
};

export function closingView() {
  const { payments, orders, error, done } = state.closing;
  return h("div.page", { "data-view": "closing" },
    heading("End of day", "What was taken, and approved payments that were never captured."),
    problem(error),
    orders && h("dl.figures", {}, figures(orders).map(([label, value, kind]) => h("div", { "data-kind": kind }, h("dt", {}, label), h("dd", {}, value)))),
    h("h3.sub", {}, "Left to decide", payments && h("span.badge", {}, String(payments.length))),
    payments === null ? !error && h("p.loading", {}, "Comparing payments with orders…")
      : payments.length === 0 ? h("div.nothing", {}, icon("done"), h("p", {}, "Every approved payment is captured or released. Good night."))
      : h("ul.rows", {}, payments.map(leftOver)),
    done.length > 0 && h("ul.done", { "aria-label": "Done" }, done.map((text) => h("li", {}, icon("done"), text))));
}

function figures(orders) {
  const sum = (chosen) => money(orders.filter((order) => order.state === "completed" && chosen(order)).reduce((all, order) => all + order.total + order.tip, 0));
  return [
    ["Cards", sum((order) => order.paid_with === "card" && order.captured)],
    ["Cash", sum((order) => order.paid_with === "cash")],
    ["Refunds", sum((order) => order.refunded), "minus"],
  ];
}

function leftOver(payment) {
  const [title, text] = CASES[payment.case];
  const busy = state.closing.busy === payment.payment_intent;
  const captures = payment.action === "capture";
  return h("li.row.case", { "data-part": payment.payment_intent, "data-case": payment.case },
    h("span.sign", {}, icon(captures ? "card" : "warning")),
    h("div.what", {}, h("b", {}, title), h("p", {}, text),
      h("small", {}, payment.order ? `${clock(payment.order)} · ${what(payment.order)} · ${payment.order.state}${payment.order.paid_with ? `, ${payment.order.paid_with}` : ""}` : "Not an order of this till",
        " · ", h("code", {}, payment.payment_intent))),
    h("span.amount", {}, money(payment.amount, payment.currency)),
    h("div.choices", {}, h(captures ? "button.primary" : "button.quiet", { type: "button", "data-do": "reconcile", "data-id": payment.payment_intent, "data-action": payment.action, disabled: busy },
      busy ? "Working…" : captures ? `Capture ${money(payment.amount, payment.currency)}` : "Cancel payment")));
}

// Saving a card -------------------------------------------------------------------------------------------------------

export function cardView() {
  const { card } = state;
  return h("div.page.narrow", { "data-view": "card" },
    heading("Save a card", "For customers who want to order ahead, or pay a monthly bill, without presenting it again."),
    card.step === "saved" ? saved(card) : card.step === "form" ? form(card) : reading(card));
}

function form(card) {
  return h("form.panel", { "data-submit": "saveCard", "data-part": "form", novalidate: true },
    problem(card.error),
    h("label.field", {}, h("span", {}, "Customer's name"), h("input", { id: "card-name", name: "name", autocomplete: "off", required: true, maxlength: "100", value: card.name })),
    h("label.consent", {}, h("input", { id: "card-consent", name: "consent", type: "checkbox", required: true }),
      h("span", {}, h("b", {}, "The customer agrees"), h("br"), `“I authorise ${state.menu.shop} to keep this card and to charge it for orders I place later, until I say otherwise.”`)),
    h("button.primary", { type: "submit", disabled: !connected() }, icon("contactless"), "Read the card"),
    !connected() && h("button.quiet", { type: "button", "data-do": "openReaders" }, icon("reader"), "Choose a reader"));
}

function reading(card) {
  const waiting = card.step === "waiting";
  return h("div.panel.center", { "data-part": "reading" },
    waiting ? h("div.rings", {}, h("i"), h("i"), h("i"), h("span.target", {}, icon("contactless"))) : h("div.dots", {}, h("i"), h("i"), h("i")),
    h("h3", {}, waiting ? "Present the card" : "Asking the bank"),
    h("p", {}, waiting ? "Nothing is charged." : "It is being saved."),
    waiting && h("button.quiet", { type: "button", "data-do": "cancelCard" }, icon("close"), "Cancel"));
}

function saved({ saved: method, name }) {
  return h("div.panel.center", { "data-part": "saved" },
    h("div.plastic", { "data-brand": method.brand }, h("i"), h("b", {}, cardName(method)), h("span", {}, `${String(method.exp_month).padStart(2, "0")}/${String(method.exp_year).slice(-2)}`)),
    h("h3", {}, `Saved for ${name}`),
    h("p", {}, "Later charges go to ", h("code", {}, method.payment_method), ", the card that was made from this one."),
    h("button.primary", { type: "button", "data-do": "anotherCard" }, "Save another"));
}
