// The receipt: on the screen, and on paper.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { canPrint } from "./office.js";
import { cardFields, cardName, readBy, sums, when } from "./printout.js";
import { connected } from "./readers.js";
import { money, state } from "./store.js";

export function receiptView() {
  const { receipt } = state;
  const { order } = receipt;
  return h("div.receipt-view", { "data-view": "receipt" },
    h("section.after", { "aria-labelledby": "receipt-title", "data-part": "after" },
      receipt.fresh && h("div.emblem", { "data-part": "good" }, icon("done")),
      h("h2", { id: "receipt-title", tabindex: "-1", "data-heading": true }, receipt.fresh ? "Paid" : "Receipt"),
      h("p.sum", {}, money(order.total + order.tip)),
      h("p.detail", {}, detail(order)),
      !order.captured && order.paid_with === "card" && h("p.notice", {}, "The money is not captured yet. The end of the day shows it."),
      h("div.choices", {},
        h("button.primary", { type: "button", "data-do": receipt.fresh ? "newOrder" : "openSales" }, receipt.fresh ? "Next order" : "Back to the sales"),
        h("button.quiet", { type: "button", "data-do": "print" }, icon("printer"), "Print"),
        canPrint() && h("button.quiet", { type: "button", "data-do": "printOnReader", disabled: receipt.printing === "busy" }, icon("printer"), "Print on the reader"),
        mail(receipt)),
      mailNews(receipt)),
    paper(receipt));
}

function detail(order) {
  if (order.refunded) return "Refunded.";
  if (order.paid_with === "cash") return "In cash.";
  return order.tip ? `By card, with a tip of ${money(order.tip)}.` : "By card.";
}

function mail({ email }) {
  if (email?.step === "asking") return h("button.quiet", { type: "button", "data-do": "stopAskingForEmail" }, icon("close"), "Stop asking");
  return h("button.quiet", { type: "button", "data-do": "askForEmail", disabled: !connected() }, icon("mail"), "Ask for an email");
}

function mailNews({ email, order, printing }) {
  const news = email?.step === "asking" ? "The customer types it on the reader."
    : email?.step === "skipped" ? "The customer wants no mail."
    : email?.step === "failed" ? email.message
    : order.email ? `The receipt goes to ${order.email}.` : null;
  const paperNews = printing && printing !== "busy" && printing !== "done" ? printing : null;
  return [news, paperNews].filter(Boolean).map((text) => h("p.notice", { role: "status" }, text));
}

function paper({ order, card }) {
  return h("article.paper", { "aria-label": "The receipt", "data-part": "paper" },
    h("header", {}, h("b", {}, state.menu.shop), h("span", {}, "1 Main Street, San Francisco"), h("time", {}, when(order)), h("span", {}, `Order ${order.id.slice(0, 8)}`)),
    h("ul", {}, order.lines.map((line) => h("li", {}, h("span", {}, `${line.quantity} × ${line.name}`), h("span", {}, money(line.amount))))),
    h("dl.totals", {}, sums(order).map(([label, amount]) => h("div", { "data-strong": label === "Total" }, h("dt", {}, label), h("dd", {}, money(amount))))),
    order.paid_with === "cash" && h("p.how", {}, "Paid in cash"),
    card?.error && h("p.how", {}, `The card's details could not be looked up: ${card.error}`),
    card?.last4 && [
      h("p.how", {}, h("b", {}, cardName(card)), h("span", {}, readBy(card))),
      h("dl.emv", {}, cardFields(card).map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value)))),
    ],
    order.refunded && h("p.stamp", {}, "Refunded"),
    h("footer", {}, "Thank you, and see you soon."));
}
