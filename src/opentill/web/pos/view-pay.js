// A payment under way: which step it is at, and what can be done when it does not go on.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { connected, nameOf } from "./readers.js";
import { lines, totals } from "./sale.js";
import { money, state } from "./store.js";

const STEPS = [["preparing", "Order"], ["waiting", "Card"], ["authorizing", "Approval"], ["finishing", "Done"]];

const HEADINGS = {
  preparing: ["One moment", "The payment is being prepared."],
  waiting: ["Present a card", "The customer taps, inserts or swipes it on the reader, and may leave a tip there."],
  authorizing: ["Asking the bank", "The card was read. It cannot be canceled now."],
  finishing: ["Approved", "Taking the money."],
  cash: ["Cash", "The order is being completed."],
};

export function payView() {
  const { pay } = state;
  const [title, detail] = pay.error ? [pay.error.title, pay.error.message] : HEADINGS[pay.step];
  const amount = pay.amount ?? pay.total;
  return h("div.pay", { "data-view": "pay", "data-step": pay.step, "data-error": pay.error?.kind },
    h("section.stage", { "aria-labelledby": "pay-title", "data-part": "stage" },
      h("p.sum", {}, money(amount), amount !== pay.total && h("small", {}, `with a tip of ${money(amount - pay.total)}`)),
      emblem(pay),
      h("h2", { id: "pay-title", tabindex: "-1", "data-heading": true }, title),
      h("p.detail", {}, detail),
      h("div.choices", {}, pay.error ? choices(pay) : cancel(pay)),
      pay.step !== "cash" && h("ol.steps", { "aria-label": "Steps" }, STEPS.map(([name, label], place) => step(pay, name, label, place)))),
    h("section.summary", { "aria-label": "The order", "data-part": "summary" },
      h("h3", {}, "Order"),
      h("ul", {}, lines().map((line) => h("li", {}, h("span", {}, `${line.quantity} × ${line.name}`), h("span", {}, money(line.amount))))),
      h("dl", {}, [["Tax", totals().tax], ["Total", totals().total]].map(([label, sum]) => h("div", {}, h("dt", {}, label), h("dd", {}, money(sum))))),
      connected() && h("p.on-reader", {}, icon("reader"), `on ${nameOf(state.reader.target)}`)));
}

function emblem(pay) {
  if (pay.error) return h("div.emblem", { "data-part": "bad" }, icon(pay.error.kind === "declined" ? "close" : "warning"));
  if (pay.step === "waiting") return h("div.rings", { "data-part": "rings" }, h("i"), h("i"), h("i"), h("span.target", {}, icon("contactless")));
  if (pay.step === "finishing") return h("div.emblem", { "data-part": "good" }, icon("done"));
  return h("div.dots", { "data-part": "dots" }, h("i"), h("i"), h("i"));
}

function step(pay, name, label, place) {
  const now = STEPS.findIndex(([one]) => one === pay.step);
  const is = place < now ? "past" : place > now ? "ahead" : pay.error ? "failed" : "now";
  return h("li", { "data-is": is, "aria-current": is === "now" ? "step" : false }, h("i", {}, is === "past" && icon("done"), is === "failed" && icon("close")), label);
}

function cancel(pay) {
  if (pay.step !== "waiting") return false;
  return h("button.quiet", { type: "button", "data-do": "cancelPayment", disabled: pay.canceling === true }, icon("close"), pay.canceling ? "Canceling…" : "Cancel");
}

const button = (action, label, name, primary = false) =>
  h(primary ? "button.primary" : "button.quiet", { type: "button", "data-do": action, "data-part": action }, name && icon(name), label);

function choices({ error }) {
  const cash = button("cash", "Pay in cash", "cash");
  const back = button("leavePayment", "Back to the order", "back");
  switch (error.kind) {
    case "declined":
      return [button("charge", "Try another card", "card", true), cash, back];
    case "process":
      return [button("processAgain", "Try again", "contactless", true), connected() || button("openReaders", "Choose a reader", "reader")];
    case "unfinished":
      return [button("finishAgain", "Tell the shop again", "done", true), cash, button("newOrder", "Leave it, next order")];
    default:
      return [connected() ? button("charge", "Try again", "contactless", true) : button("openReaders", "Choose a reader", "reader", true), cash, back];
  }
}
