// The page: starts everything, draws the state, and turns clicks and keys into what is done.

import { findBackend, ask } from "./backend.js";
import { h, morph } from "./dom.js";
import * as office from "./office.js";
import * as readers from "./readers.js";
import * as sale from "./sale.js";
import { state, update, watch } from "./store.js";
import { banner, benchPanel, readersSheet, topBar } from "./view-frame.js";
import { cardView, closingView, salesView } from "./view-office.js";
import { payView } from "./view-pay.js";
import { receiptView } from "./view-receipt.js";
import { sellView } from "./view-sell.js";

const VIEWS = { sell: sellView, sales: salesView, card: cardView, closing: closingView, receipt: receiptView };

// Drawing -----------------------------------------------------------------------------------------------------------

let seen = "";

function draw() {
  replace("top", topBar());
  replace("banner", banner());
  replace("bench", benchPanel());
  replace("readers-body", readersSheet());
  replace("main", h("main", { id: "main", tabindex: "-1" }, mainView()));
  const sheet = document.getElementById("readers");
  if (state.readersOpen && !sheet.open) sheet.showModal();
  if (!state.readersOpen && sheet.open) sheet.close();
  moveFocus();
}

const replace = (id, next) => morph(document.getElementById(id), next);

function mainView() {
  if (state.fault) return h("div.fault", {}, h("h2", {}, "The till cannot be opened"), h("p", {}, state.fault), h("button.primary", { type: "button", "data-do": "reload" }, "Try again"));
  if (!state.menu) return h("p.loading", {}, "Opening the till…");
  return state.pay ? payView() : VIEWS[state.view]();
}

/** Another view, or another turn of a payment: its heading gets the focus, unless what has it is still there. */
function moveFocus() {
  const { pay } = state;
  const now = pay ? `pay ${pay.error?.kind ?? ""}` : state.view === "card" ? `card ${state.card.step}` : state.view;
  if (now === seen) return;
  const first = seen === "";
  seen = now;
  window.scrollTo(0, 0);
  document.getElementById("main").scrollTop = 0;
  if (!first && !state.readersOpen) document.querySelector("main [data-heading]")?.focus({ preventScroll: true });
}

// What is done ------------------------------------------------------------------------------------------------------

const OPENED = { sales: office.loadSales, closing: office.loadClosing };

function open(view) {
  update({ view, notice: null, receipt: null, sales: { ...state.sales, asking: null, error: null } });
  void OPENED[view]?.();
}

const found = (id) => state.reader.list.find((reader) => reader.id === id);
const sold = (id) => state.sales.orders.find((order) => order.id === id);

const ACTIONS = {
  reload: () => location.reload(),
  open: ({ to }) => open(to),
  openSales: () => open("sales"),
  openReaders: () => {
    update({ readersOpen: true });
    if (!["discovering", "connecting"].includes(state.reader.phase)) void readers.discover();
  },
  closeReaders: () => update({ readersOpen: false }),
  discover: readers.discover,
  connect: ({ id }) => readers.connect(found(id)),
  takeOver: () => readers.connect(state.reader.inUse, true),
  disconnect: readers.disconnect,
  tryNow: readers.tryNow,
  chooseAnother: readers.chooseAnother,
  toggleBench: () => {
    update({ bench: { ...state.bench, open: !state.bench.open } });
    queueMicrotask(() => document.getElementById("bench").focus());
  },
  add: ({ item }) => {
    state.tile = item;
    sale.addQuantity(item, 1);
  },
  less: ({ item }) => sale.addQuantity(item, -1),
  toggleCart: () => update({ cartShown: !state.cartShown }),
  abandon: sale.abandon,
  charge: sale.pay,
  cash: sale.payInCash,
  cancelPayment: sale.cancelPayment,
  leavePayment: () => sale.leavePayment(),
  processAgain: sale.processAgain,
  finishAgain: sale.finishAgain,
  newOrder: () => sale.newOrder(),
  print: () => window.print(),
  printOnReader: office.printOnReader,
  askForEmail: office.askForEmail,
  stopAskingForEmail: office.stopAskingForEmail,
  showReceipt: ({ id }) => office.showReceipt(sold(id)),
  askRefund: ({ id }) => update({ sales: { ...state.sales, asking: id } }),
  keepSale: () => update({ sales: { ...state.sales, asking: null } }),
  refund: ({ id }) => office.refund(id),
  reconcile: ({ id, action }) => office.reconcile(id, action),
  cancelCard: office.cancelCard,
  anotherCard: office.anotherCard,
};

const CHANGES = {
  benchCard: (field) => (state.bench.card = field.value),
  benchTip: (field) => (state.bench.tip = Math.max(0, Math.round(Number(field.value)) || 0)),
  benchLose: (field) => (state.bench.lose = field.value),
};

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-do]");
  if (pressed && !pressed.disabled) void ACTIONS[pressed.dataset.do](pressed.dataset);
});

document.addEventListener("change", (event) => {
  const { change } = event.target.dataset;
  if (!change) return;
  CHANGES[change](event.target);
  update();
});

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const wrong = [...form.elements].find((field) => field.willValidate && !field.validity.valid);
  if (wrong) {
    const error = wrong.name === "consent" ? "The customer has to agree first." : "Enter the customer's name.";
    update({ card: { ...state.card, error, name: form.elements.name.value } });
    wrong.focus();
  } else void office.saveCard(form.elements.name.value, form.elements.consent.checked);
});

document.getElementById("readers").addEventListener("close", () => update({ readersOpen: false }));

// Keys on the menu: arrows move, Enter adds one (a click), a digit says how many. ---------------------------------------

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.bench.open && !state.readersOpen) ACTIONS.toggleBench();
  const tile = event.target.closest?.(".tile");
  if (!tile || event.ctrlKey || event.metaKey || event.altKey) return;
  const { item } = tile.dataset;
  if (MOVES[event.key]) move(tile, MOVES[event.key]);
  else if (/^[0-9]$/.test(event.key)) sale.setQuantity(item, Number(event.key));
  else if (event.key === "+") sale.addQuantity(item, 1);
  else if (event.key === "-" || event.key === "Backspace") sale.addQuantity(item, -1);
  else return;
  event.preventDefault();
});

/** Focus the nearest tile in a direction, by where tiles are drawn. */
function move(from, [right, down]) {
  const here = from.getBoundingClientRect();
  const tiles = [...document.querySelectorAll(".tile")];
  const place = (tile) => tile.getBoundingClientRect();
  const next = right
    ? tiles[tiles.indexOf(from) + right]
    : tiles
        .filter((tile) => (place(tile).top - here.top) * down > here.height / 2)
        .sort((one, other) => distance(place(one), here) - distance(place(other), here))[0];
  if (!next) return;
  update({ tile: next.dataset.item });
  next.focus();
}

const distance = (one, other) => Math.abs(one.top - other.top) * 4 + Math.abs(one.left - other.left);

// The start ---------------------------------------------------------------------------------------------------------

async function start() {
  watch(draw);
  update();
  try {
    await findBackend();
    update({ menu: await ask("GET", "/menu") });
    document.title = `Till · ${state.menu.shop}`;
    readers.createTerminal();
    await sale.resumeOrder();
  } catch (error) {
    update({ fault: error.message });
    return;
  }
  await readers.reconnect();
}

void start();
