// The readers of this process, as they are now.

import { h, morph } from "./dom.js";
import { icon } from "./icons.js";
import { themeButton } from "./theme.js";

const EVERY_MS = 1500;
const LINKS = { online: "Online", connecting: "Connecting", offline: "Offline" };
const SHAPES = { stripe_t600: "handheld", bbpos_wisepos_e: "handheld", verifone_v660p: "handheld", verifone_P400: "keypad" };

const by = (id) => document.getElementById(id);

const state = (reader) => (reader.power === "off" ? "off" : reader.registered ? reader.link : "unpaired");
const says = { ...LINKS, off: "Switched off", unpaired: "Not registered" };

const figure = (reader) =>
  h("span.figure", { "data-shape": SHAPES[reader.device_type] ?? "phone", "data-state": state(reader), "aria-hidden": "true" },
    h("i"), h("b"));

const command = (server, reader) =>
  [`curl ${server}/v1/terminal/readers`, "  -u YOUR_SECRET_KEY:", `  -d registration_code=${reader.code}`,
    "  -d location=YOUR_LOCATION", `  -d label="${reader.model}"`].join(" \\\n");

const item = (server, reader) =>
  h("li", { "data-part": reader.serial },
    h("article.reader", {},
      h("a.open", { href: `/readers/${encodeURIComponent(reader.serial)}` }, figure(reader),
        h("span.who", {}, h("b", {}, reader.label || reader.model), h("small", {}, reader.label ? `${reader.model} · ${reader.serial}` : reader.serial)),
        h("span.state", { "data-state": state(reader) }, says[state(reader)]),
        icon("chevron")),
      reader.code
        ? h("div.pair", {}, h("p", {}, "Registration code ", h("code", { translate: "no" }, reader.code)),
            h("details", { "data-part": "how" }, h("summary", {}, "Register it from a terminal"), h("pre", { tabindex: "0" }, command(server, reader))))
        : null));

const empty = (server) =>
  h("div.empty", {}, h("h2", {}, "No readers here"),
    h("p", {}, "This process runs none. Start some, with a screen each:"),
    h("pre", { tabindex: "0" }, `opentill reader --server ${server} --count 2`));

function show({ server, readers }) {
  by("server").textContent = server;
  const list = readers.length ? h("ul.readers", {}, readers.map((reader) => item(server, reader))) : empty(server);
  const place = by("readers");
  const [now] = place.children;
  const open = new Set([...place.querySelectorAll("details[open]")].map((e) => e.closest("li").dataset.part));
  for (const details of list.querySelectorAll("details")) details.open = open.has(details.closest("li").dataset.part);
  if (now) morph(now, list);
  else place.append(list);
}

async function look() {
  try {
    const answer = await fetch("/api/readers", { signal: AbortSignal.timeout(4000), cache: "no-store" });
    if (!answer.ok) throw new Error(`${answer.status}`);
    show(await answer.json());
    by("banner").hidden = true;
    document.body.dataset.link = "up";
  } catch {
    by("banner").hidden = false;
    document.body.dataset.link = "down";
  }
  setTimeout(look, EVERY_MS);
}

themeButton(by("theme"));
look();
