// What stands around every view: the bar with the reader, the banner, the choice of readers, the test bench.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { connected, nameOf, simulated } from "./readers.js";
import { state } from "./store.js";

const VIEWS = [["sell", "Sell", "till"], ["sales", "Sales", "list"], ["card", "Save a card", "card"], ["closing", "End of day", "closing"]];
const MODELS = {
  stripe_s700: "Reader S700", stripe_s710: "Reader S710", stripe_t600: "Reader T600", bbpos_wisepos_e: "WisePOS E",
  verifone_P400: "P400", verifone_v660p: "V660p", simulated_wisepos_e: "Simulated", simulated_stripe_s700: "Simulated S700",
};

// The bar -------------------------------------------------------------------------------------------------------------

export function topBar() {
  const busy = state.pay !== null;
  return h("header.top", { id: "top" },
    h("div.brand", {}, h("h1", {}, state.menu?.shop ?? "Till")),
    h("nav", { "aria-label": "Views" }, VIEWS.map(([view, label, name]) =>
      h("button.tab", { type: "button", "data-part": view, "data-do": "open", "data-to": view, "aria-current": shown(view) ? "page" : false, disabled: busy }, icon(name), h("span", {}, label)))),
    h("button.reader-button", { type: "button", "data-do": "openReaders", "data-phase": state.reader.phase, "aria-haspopup": "dialog" },
      icon("reader"), h("span", {}, h("small", {}, "Reader"), h("b", {}, readerText()))),
    h("button.round", { type: "button", "data-do": "toggleBench", "aria-expanded": state.bench.open ? "true" : "false", "aria-controls": "bench", "aria-label": "Test bench", title: "Test bench" }, icon("bench")));
}

const shown = (view) => state.view === view || (view === "sales" && state.view === "receipt" && !state.receipt.fresh) || (view === "sell" && state.view === "receipt" && state.receipt.fresh);

function readerText() {
  const { phase, target, automatic } = state.reader;
  if (phase === "connected") return nameOf(target);
  if (phase === "connecting") return `${automatic ? "Reconnecting" : "Connecting"}…`;
  if (phase === "discovering") return automatic ? "Reconnecting…" : "Searching…";
  return phase === "lost" ? "Disconnected" : "None";
}

// The banner ----------------------------------------------------------------------------------------------------------

export function banner() {
  const { phase, target, automatic, error, taken } = state.reader;
  if (phase === "lost") {
    return h("div", { id: "banner" }, h("div.banner", { role: "alert", "data-tone": "bad" }, icon("warning"),
      h("p", {}, h("b", {}, `${nameOf(target)} is disconnected. `), taken ? "Another till is using it." : `${error} Trying to get it back…`),
      h("div.choices", {},
        h("button.quiet", { type: "button", "data-do": "tryNow", "data-part": "now" }, taken ? "Take it back" : "Try now"),
        h("button.quiet", { type: "button", "data-do": "chooseAnother", "data-part": "other" }, "Choose another"))));
  }
  if (automatic && (phase === "discovering" || phase === "connecting")) {
    return h("div", { id: "banner" }, h("div.banner", { role: "status", "data-tone": "busy" }, h("span.spin"),
      h("p", {}, phase === "connecting" ? `Reconnecting to ${nameOf(target)}…` : "Looking for the reader that this till had…")));
  }
  return h("div", { id: "banner" });
}

// The readers ---------------------------------------------------------------------------------------------------------

export function readersSheet() {
  const { phase, list, target, error, inUse } = state.reader;
  const busy = phase === "discovering" || phase === "connecting";
  return h("div", { id: "readers-body" },
    h("div.sheet-head", {}, h("h2", { id: "readers-title", tabindex: "-1" }, "Readers"),
      h("button.round", { type: "button", "data-do": "closeReaders", "aria-label": "Close" }, icon("close"))),
    h("p.progress", { role: "status", "data-phase": phase }, busy && h("span.spin"), progress()),
    error && !inUse && phase !== "lost" && h("p.problem", { role: "alert" }, icon("warning"), error),
    inUse && h("div.in-use", {}, h("p", {}, `${nameOf(inUse)} is being used by another till. Taking over ends what it is doing there.`),
      h("button.danger", { type: "button", "data-do": "takeOver" }, `Take over ${nameOf(inUse)}`)),
    h("ul.readers", {}, list.map((reader) => readerRow(reader, target, busy))),
    h("div.choices", {},
      h("button.quiet", { type: "button", "data-do": "discover", disabled: busy }, "Search again"),
      state.config.readers && h("a.quiet", { href: pageOf(target), target: "_blank", rel: "noopener" }, icon("away"), "Virtual readers")));
}

/** Where the screen of a virtual reader is. */
export function pageOf(reader) {
  const own = reader && reader.id !== "SIMULATOR" && !reader.device_type.startsWith("simulated_");
  return own ? `${state.config.readers}readers/${encodeURIComponent(reader.serial_number)}` : state.config.readers;
}

function progress() {
  const { phase, target, list } = state.reader;
  if (phase === "discovering") return "Finding readers…";
  if (phase === "connecting") return `Connecting to ${nameOf(target)}…`;
  if (phase === "connected") return `Connected to ${nameOf(target)}.`;
  if (phase === "lost") return `Disconnected from ${nameOf(target)}.`;
  return list.length ? "Choose the reader of this counter." : "No readers yet.";
}

function readerRow(reader, target, busy) {
  const mine = connected() && target.serial_number === reader.serial_number;
  const offline = reader.status === "offline";
  return h("li", { "data-part": reader.id },
    h("button.reader", { type: "button", "data-part": mine ? "mine" : "other", "data-do": mine ? "disconnect" : "connect", "data-id": reader.id, disabled: busy || (offline && !mine), "data-mine": mine },
      h("span.figure", {}, icon("reader")),
      h("span.what", {}, h("b", {}, nameOf(reader)), h("small", {}, `${MODELS[reader.device_type] ?? reader.device_type} · ${reader.serial_number}`)),
      h("span.state", { "data-state": mine ? "connected" : offline ? "offline" : "online" }, mine ? "Connected" : offline ? "Offline" : "Online"),
      mine && h("span.action", {}, "Disconnect")));
}

// The test bench ------------------------------------------------------------------------------------------------------

const CARDS = [
  ["visa", "Visa"], ["mastercard", "Mastercard"], ["amex", "American Express"], ["visa_debit", "Visa debit"],
  ["charge_declined", "Declined"], ["charge_declined_insufficient_funds", "Declined: not enough money"],
  ["charge_declined_expired_card", "Declined: expired"], ["charge_declined_lost_card", "Declined: lost"],
];
const LOSSES = [["nothing", "Nothing"], ["capture", "The request to capture"], ["everything", "Everything after the approval"]];

export function benchPanel() {
  const { bench, reader } = state;
  return h("aside.bench", { id: "bench", "aria-label": "Test bench", tabindex: "-1", hidden: !bench.open },
    h("div.sheet-head", {}, h("h2", {}, "Test bench"), h("button.round", { type: "button", "data-do": "toggleBench", "aria-label": "Close the test bench" }, icon("close"))),
    h("p", {}, "What no shop has. Nothing here is real money."),
    h("fieldset", { "data-part": "customer", disabled: connected() && !simulated() },
      h("legend", {}, "Customer of the simulated reader"),
      h("label.field", {}, h("span", {}, "Card"), h("select", { id: "bench-card", "data-change": "benchCard" }, CARDS.map(([value, label]) => h("option", { value, selected: value === bench.card }, label)))),
      h("label.field", {}, h("span", {}, "Tip, in cents"), h("input", { id: "bench-tip", type: "number", min: "0", max: "100000", step: "50", inputmode: "numeric", "data-change": "benchTip", value: String(bench.tip) }))),
    connected() && !simulated() && h("p.hint", {}, `${nameOf(reader.target)} has a screen and cards of its own.`),
    h("fieldset", { "data-part": "lose" }, h("legend", {}, "Lost between till and shop"),
      LOSSES.map(([value, label]) => h("label.choice", { "data-part": value }, h("input", { type: "radio", name: "lose", value, "data-change": "benchLose", checked: value === bench.lose }), label))),
    state.config.readers && h("a.quiet", { href: pageOf(reader.target), target: "_blank", rel: "noopener" }, icon("away"), "Open the virtual reader"));
}
