// The menu and the order beside it.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { connected } from "./readers.js";
import { lines, totals } from "./sale.js";
import { money, state } from "./store.js";

export function sellView() {
  const groups = [...new Set(state.menu.items.map((item) => item.group))];
  const count = lines().reduce((sum, line) => sum + line.quantity, 0);
  return h("div.sell", { "data-view": "sell", "data-cart": state.cartShown ? "shown" : "hidden" },
    h("section.menu", { "aria-labelledby": "menu-title", "data-part": "menu" },
      h("h2.visually-hidden", { id: "menu-title", tabindex: "-1", "data-heading": true }, "Menu"),
      h("p.keys", {}, h("kbd", {}, "←↑↓→"), " choose  ", h("kbd", {}, "Enter"), " adds one  ", h("kbd", {}, "0–9"), " that many"),
      groups.map((group) => groupOf(group))),
    h("section.order", { "aria-labelledby": "order-title", "data-part": "order" }, orderPanel(count)),
    count > 0 && h("button.order-bar", { type: "button", "data-part": "bar", "data-do": "toggleCart", "aria-expanded": state.cartShown ? "true" : "false" },
      h("span", {}, state.cartShown ? "Back to the menu" : `View the order (${count})`), h("b", {}, money(totals().total))));
}

function groupOf(group) {
  return h("div.group", { "data-part": group, role: "group", "aria-label": group },
    h("h3", {}, icon(group), group),
    h("div.tiles", {}, state.menu.items.filter((item) => item.group === group).map(tile)));
}

function tile(item) {
  const quantity = state.order.quantities[item.id] ?? 0;
  const first = item.id === (state.tile ?? state.menu.items[0].id);
  const said = quantity ? `${item.name}, ${money(item.price)}, ${quantity} in the order` : `${item.name}, ${money(item.price)}`;
  return h("button.tile", { type: "button", "data-part": item.id, "data-do": "add", "data-item": item.id, "data-group": item.group, tabindex: first ? "0" : "-1", "aria-label": said, "data-on": quantity > 0 },
    h("span.name", {}, item.name), h("span.price", {}, money(item.price)),
    quantity > 0 && h("span.badge", {}, String(quantity)));
}

function orderPanel(count) {
  const { subtotal, tax, total } = totals();
  return [
    h("div.order-head", {}, h("h2", { id: "order-title" }, "Order"),
      count > 0 && h("button.plain", { type: "button", "data-do": "abandon" }, "Clear")),
    state.notice && h("p.notice", { role: "status" }, state.notice),
    count === 0
      ? h("div.nothing", {}, icon("till"), h("p", {}, "Tap what the customer wants. It shows on the reader as you go."))
      : h("ul.lines", {}, lines().map(orderLine)),
    h("div.sums", {},
      h("dl", {}, sum("Subtotal", subtotal), sum(`Tax ${state.menu.tax_percent}%`, tax), sum("Total", total, true)),
      h("button.primary.charge", { type: "button", "data-do": "charge", disabled: count === 0 || !connected() },
        icon("contactless"), h("span", {}, count ? `Charge ${money(total)}` : "Charge")),
      h("div.pair", {},
        h("button.quiet", { type: "button", "data-do": "cash", disabled: count === 0 }, icon("cash"), "Cash"),
        !connected() && h("button.quiet", { type: "button", "data-do": "openReaders" }, icon("reader"), "Choose a reader"))),
  ];
}

const sum = (label, amount, strong = false) => h("div", { "data-strong": strong }, h("dt", {}, label), h("dd", {}, money(amount)));

function orderLine(line) {
  return h("li.line", { "data-part": line.id },
    h("div.what", {}, h("b", {}, line.name), h("small", {}, `${money(line.price)} each`)),
    h("div.count", { role: "group", "aria-label": `How many: ${line.name}` },
      h("button.step", { type: "button", "data-do": "less", "data-item": line.id, "aria-label": `One ${line.name} less` }, icon("minus")),
      h("output", {}, String(line.quantity)),
      h("button.step", { type: "button", "data-do": "add", "data-item": line.id, "aria-label": `One ${line.name} more` }, icon("plus"))),
    h("span.amount", {}, money(line.amount)));
}
