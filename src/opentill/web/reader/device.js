// The page of one reader: puts the parts together.

import { Bench, brand } from "./bench.js";
import { Connection } from "./connection.js";
import { h } from "./dom.js";
import { Glass } from "./glass.js";
import { icon } from "./icons.js";
import { listen } from "./keyboard.js";
import { keypad } from "./screen.js";
import { keep, recall } from "./session.js";
import { Sounds } from "./sounds.js";
import { themeButton } from "./theme.js";

const by = (id) => document.getElementById(id);
const serial = decodeURIComponent(location.pathname.split("/")[2]);

let device = null;
const send = (message) => connection.send(message);
const glass = new Glass(by("glass"), by("speech"), send);
const bench = new Bench(by("bench"), by("bench-toggle"), send);
const sounds = new Sounds(recall("muted", false));

function around(news) {
  device = { ...device, ...news };
  const { model, label, power, network, card } = device;
  const name = label || model.name;
  document.title = `${name} · opentill reader`;
  by("name").textContent = name;
  by("facts").textContent = label ? `${model.name} · ${serial}` : serial;
  const frame = by("device");
  Object.assign(frame.dataset, { shape: model.shape, power, network });
  frame.style.setProperty("--points-wide", model.width);
  frame.style.setProperty("--points-high", model.height);
  frame.setAttribute("aria-label", `${model.name} reader`);
  by("keys").hidden = !model.keys;
  if (model.keys && !by("keys").hasChildNodes()) by("keys").append(keypad({}, "en"));
  by("off-note").hidden = power === "on";
  showCard(card);
  bench.update(news.wallet ? device : { ...device, wallet: undefined });
}

// The card as it stands in the slot or hovers over the reader.
function showCard(card) {
  const place = by("card");
  if (!card) {
    place.dataset.way = "none";
    return;
  }
  const known = device.wallet?.find(({ name }) => name === card.name) ?? { name: card.name, title: card.name };
  place.replaceChildren(h("span.plastic.big", { "data-brand": brand(known) }, h("i"), h("b", {}, known.title)));
  place.dataset.way = card.way;
}

function received(news) {
  if (news.type === "device") around(news);
  else if (news.type === "screen") {
    glass.show(news.screen, device?.model.keys ?? false);
    bench.notice(news.screen);
    by("device").dataset.screen = news.screen.name;
  } else if (news.type === "beep") sounds.play(news.tone);
}

function changed(up) {
  by("banner").hidden = up;
  by("device").inert = !up;
  bench.element.inert = !up;
  document.body.dataset.link = up ? "up" : "down";
  if (up) by("banner-text").textContent = "";
  else explain();
}

// Is the program gone, or only this reader?
async function explain() {
  let text = "The reader program does not answer. Reconnecting…";
  try {
    const { readers } = await (await fetch("/api/readers")).json();
    if (!readers.some((reader) => reader.serial === serial)) text = `There is no reader ${serial} here.`;
  } catch {
    // gone, as we say
  }
  if (!connection.up) by("banner-text").textContent = text;
}

function sound(muted) {
  sounds.muted = muted;
  keep("muted", muted);
  by("mute").replaceChildren(icon(muted ? "mute" : "sound"));
  by("mute").setAttribute("aria-label", "Mute");
  by("mute").setAttribute("aria-pressed", String(muted));
}

const mute = () => sound(!sounds.muted);
sound(sounds.muted);
themeButton(by("theme"));
by("mute").addEventListener("click", mute);
by("back").prepend(icon("back"));
by("bench-toggle").prepend(icon("bench"));
by("switch-on").addEventListener("click", () => send({ type: "power", do: "on" }));
by("keys").addEventListener("pointerdown", (event) => event.preventDefault());
by("keys").addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]")?.dataset.key;
  if (key) send({ type: "key", key });
});
listen(
  glass,
  {
    t: () => bench.present("tap"),
    i: () => bench.present("insert"),
    s: () => bench.present("swipe"),
    r: () => bench.present("remove"),
    n: () => bench.cut(),
    p: () => bench.press(),
    b: () => bench.flip(),
    m: mute,
    "/": () => bench.find(),
  },
  () => bench.listens,
);

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const connection = new Connection(`${scheme}//${location.host}/readers/${encodeURIComponent(serial)}/screen`, received, changed);
