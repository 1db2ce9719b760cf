// The test bench beside the device: a wallet with every test card, the network cable, the power button. It reports
// what the person testing does; what came of it the reader program says (`device` and `screen`).

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { keep, recall } from "./session.js";

const WAYS = { tap: ["Tap", "T", "contactless"], insert: ["Insert", "I", "insert"], swipe: ["Swipe", "S", "swipe"] };
const NETWORKS = { up: "Up", slow: "Slow", down: "Cut" };
const POWERS = { off: "Switch off", on: "Switch on", restart: "Restart", pull: "Pull the plug" };
const SHORTCUTS = [
  ["T, I, S", "tap, insert or swipe the chosen card"],
  ["R", "take the card away"],
  ["N", "cut the network, or mend it"],
  ["P", "switch the reader off or on"],
  ["/", "search the cards"],
  ["B", "open or close this bench"],
  ["M", "sound on or off"],
  ["0–9, ⌫, Esc, Enter", "the reader's keypad, when it takes keys"],
];

const BRANDS = ["visa", "mastercard", "amex", "discover", "diners", "jcb", "unionpay", "interac", "eftpos", "girocard", "cartes"];
/** Which brand a card has, from its names: it gives the drawn card its colour. */
export const brand = ({ name, title }) => BRANDS.find((each) => `${title} ${name}`.toLowerCase().includes(each)) ?? "other";

/** Whether a card of the wallet matches what was typed: every word somewhere in its texts, in any order. */
export function matches(card, query) {
  const text = [card.name.replaceAll("_", " "), card.name, card.title, card.description, card.group].join(" ").toLowerCase();
  return query.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** The last four digits of a card, if its texts say them ("ends in 4242"); its other numbers may be a PIN or a year. */
const last4 = ({ title, description }) => (/ends in (\d{4})\b/.exec(description) ?? /\b(\d{4})$/.exec(title))?.[1] ?? "";

const plastic = (card) =>
  h("span.plastic", { "data-brand": brand(card), "aria-hidden": "true" }, h("i"), h("b", {}, last4(card)));

export class Bench {
  /** `element` is the aside, `toggle` the button in the page's head; `send(message)` takes what the person does. */
  constructor(element, toggle, send) {
    this.element = element;
    this.toggle = toggle;
    this.send = send;
    this.wallet = [];
    this.chosen = recall("card", null);
    this.device = null;
    this.accepts = [];
    this.#build();
    this.open = recall("bench", matchMedia("(min-width: 60rem)").matches);
    toggle.addEventListener("click", () => this.flip());
    this.handle.addEventListener("click", () => this.flip());
    this.search.addEventListener("input", () => this.#list());
    this.shortcuts.addEventListener("change", () => keep("shortcuts", this.shortcuts.checked));
  }

  get open() {
    return this.element.dataset.open === "true";
  }

  set open(open) {
    this.element.dataset.open = String(open);
    document.body.dataset.bench = open ? "open" : "closed";
    this.body.inert = !open;
    for (const button of [this.toggle, this.handle]) button.setAttribute("aria-expanded", String(open));
    this.handle.replaceChildren(icon(open ? "down" : "up"), open ? "Less" : "More");
    keep("bench", open);
  }

  /** Open what is closed, close what is open. */
  flip() {
    this.open = !this.open;
  }

  /** Whether the letters of the shortcuts are listened to. */
  get listens() {
    return this.shortcuts.checked;
  }

  /** The reader program told how the device is. */
  update(device) {
    if (device.wallet) {
      this.wallet = device.wallet;
      if (!this.#card()) this.chosen = this.wallet[0]?.name ?? null;
      this.#list();
    }
    this.device = device;
    for (const input of this.networks.querySelectorAll("input")) input.checked = input.value === device.network;
    const off = device.power === "off";
    for (const button of this.powers.querySelectorAll("button")) {
      button.disabled = button.value === "on" ? !off : off;
    }
    this.#hand();
  }

  /** The screen changed: which ways to present a card it has open, and whether it shows a code to register with. */
  notice(screen) {
    this.accepts = screen.accepts ?? [];
    this.pairing.hidden = !screen.code;
    this.code.textContent = screen.code ?? "";
    this.#hand();
  }

  /** Present the chosen card, or take away the one that is there. */
  present(way) {
    const card = this.#card();
    if (way === "remove") {
      if (this.device?.card) this.send({ type: "card", do: "remove", card: this.device.card.name });
    } else if (card?.ways.includes(way) && !this.device?.card && this.device?.power === "on") {
      this.send({ type: "card", do: way, card: card.name });
    }
  }

  /** Cut the network, or mend it. */
  cut() {
    if (this.device) this.send({ type: "network", to: this.device.network === "down" ? "up" : "down" });
  }

  /** Press the power button. */
  press() {
    if (this.device) this.send({ type: "power", do: this.device.power === "off" ? "on" : "off" });
  }

  /** Go to the search. */
  find() {
    this.open = true;
    this.search.focus();
    this.search.select();
  }

  #card() {
    return this.wallet.find((card) => card.name === this.chosen);
  }

  #build() {
    this.holding = h("div.holding");
    const way = (name, [label, key, picture]) =>
      h("button.way", { type: "button", value: name, "data-way": name, "aria-keyshortcuts": key, onclick: () => this.present(name) },
        icon(picture), h("span", {}, label), h("kbd", { "aria-hidden": "true" }, key));
    this.ways = h("div.ways", { role: "group", "aria-label": "Present the card" },
      Object.entries(WAYS).map(([name, texts]) => way(name, texts)));
    this.remove = h("button.way.take", { type: "button", "data-way": "remove", "aria-keyshortcuts": "R", onclick: () => this.present("remove") },
      icon("remove"), h("span", {}, "Take away"), h("kbd", { "aria-hidden": "true" }, "R"));
    this.ways.append(this.remove);
    this.handle = h("button.handle", { type: "button", "aria-controls": "bench-body" });
    this.code = h("code", { translate: "no" });
    this.pairing = h("p.pairing", { hidden: true }, h("span", {}, "Registration code"), this.code,
      h("button.quiet", { type: "button", onclick: () => navigator.clipboard?.writeText(this.code.textContent) }, icon("copy"), "Copy"));
    this.search = h("input", { type: "search", id: "card-search", placeholder: "Search: visa, PIN, declined…", autocomplete: "off", spellcheck: "false", "aria-describedby": "card-count" });
    this.search.value = recall("query", "");
    this.count = h("p.count", { id: "card-count", role: "status" });
    this.cards = h("div.cards", { onchange: (event) => this.#choose(event.target.value) });
    this.networks = h("fieldset.segments", {}, h("legend", {}, "Network"), Object.entries(NETWORKS).map(([value, label]) =>
      h("label", {}, h("input", { type: "radio", name: "network", value, onchange: () => this.send({ type: "network", to: value }) }), h("span", {}, label))));
    this.powers = h("div.powers", { role: "group", "aria-labelledby": "power-title" }, Object.entries(POWERS).map(([value, label]) =>
      h("button.quiet", { type: "button", value, "data-danger": value === "pull", onclick: () => this.send({ type: "power", do: value }) }, label)));
    this.shortcuts = h("input", { type: "checkbox", checked: recall("shortcuts", true) });
    this.body = h("div.bench-body", { id: "bench-body" },
      this.pairing,
      h("section", {},
        h("h3", {}, h("label", { for: "card-search" }, "Cards")),
        h("div.search", {}, icon("search"), this.search),
        this.count,
        this.cards),
      h("section.switchgear", {},
        this.networks,
        h("h3", { id: "power-title" }, "Power"),
        this.powers),
      h("section", {},
        h("h3", {}, "Keyboard"),
        h("label.check", {}, this.shortcuts, h("span", {}, "Letters are shortcuts")),
        h("dl.shortcuts", {}, SHORTCUTS.map(([keys, what]) => h("div", {}, h("dt", {}, keys.split(", ").map((key) => h("kbd", {}, key))), h("dd", {}, what))))),
    );
    this.element.append(
      h("div.bench-bar", {}, h("div.bench-title", {}, h("h2", {}, "Test bench"), this.handle), this.holding, this.ways),
      this.body,
    );
  }

  #choose(name) {
    this.chosen = name;
    keep("card", name);
    this.#hand();
  }

  #list() {
    const query = this.search.value.trim();
    keep("query", this.search.value);
    const found = this.wallet.filter((card) => matches(card, query));
    const groups = Map.groupBy ? Map.groupBy(found, (card) => card.group) : grouped(found);
    this.count.textContent = query ? `${found.length} of ${this.wallet.length} cards` : `${this.wallet.length} cards`;
    this.cards.replaceChildren(
      ...[...groups].map(([group, cards]) => h("fieldset", {}, h("legend", {}, group), cards.map((card) => this.#item(card)))),
      found.length ? "" : h("p.nothing", {}, "No card matches. Try a brand, “PIN” or “declined”."),
    );
  }

  #item(card) {
    const input = h("input", { type: "radio", name: "card", value: card.name });
    input.checked = card.name === this.chosen;
    const ways = card.ways.map((way) => WAYS[way][0].toLowerCase()).join(", ");
    return h("label.card", {}, input, plastic(card),
      h("span.about", {}, h("b", {}, card.title), h("small", {}, card.description), h("small.visually-hidden", {}, `Can: ${ways}`)));
  }

  #hand() {
    const inside = this.device?.card ?? null;
    const card = (inside && this.wallet.find(({ name }) => name === inside.name)) ?? this.#card();
    const state = inside ? (inside.way === "tap" ? "Held to the reader" : "In the slot") : "In your hand";
    this.holding.replaceChildren(...(card ? [plastic(card), h("p", {}, h("small", {}, state), h("b", {}, card.title))] : [h("p", {}, "No cards")]));
    const on = this.device?.power === "on";
    for (const button of this.ways.querySelectorAll("button")) {
      const way = button.dataset.way;
      button.disabled = way === "remove" ? !inside : Boolean(inside) || !on || !card?.ways.includes(way);
      button.toggleAttribute("data-wanted", way === "remove" ? Boolean(inside) : this.accepts.includes(way));
    }
  }
}

function grouped(cards) {
  const groups = new Map();
  for (const card of cards) groups.set(card.group, [...(groups.get(card.group) ?? []), card]);
  return groups;
}
