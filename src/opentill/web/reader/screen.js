// Draws a Screen (opentill.reader.device.screens): a value in, an element out. Nothing here listens or sends; what can
// be pressed says so in its attributes (`data-press`, `data-key`, `data-toggle`, `data-type`), and glass.js listens.

import { h } from "./dom.js";
import { icon, isIcon } from "./icons.js";
import { word } from "./words.js";

// How the glass is lit: "pay" while a card is at work, the colours of the result, a picture, or white.
const TONES = {
  starting: "pay", splash: "picture", present_card: "pay", reading: "pay", processing: "pay", remove_card: "pay",
  printing: "pay", approved: "good", done: "good", declined: "bad", notice: "warn", off: "off",
};
// Screens whose buttons are a list to choose from, and only the plain ones are answers at the bottom.
const LISTS = new Set(["settings", "diagnostics", "application"]);
// A picture of their own, where the screen names none.
const ICONS = { approved: "approved", done: "approved", declined: "declined", canceled: "canceled", remove_card: "remove",
  notice: "warning", printing: "printer" };
const RESULTS = new Set(["approved", "declined", "done", "canceled"]);
const OWN_PICTURES = new Set(["present_card", "reading", "splash"]);
const KEYED = new Set(["pin", "digits"]);

/** Whether two screens are the same place, so that the second is the first with something changed. */
export function sameplace(one, other) {
  const place = ({ name, heading, step, field }) => JSON.stringify([name, heading, step ?? 0, field?.kind ?? "", field?.label ?? ""]);
  return one !== null && place(one) === place(other);
}

/** Whether the keys of a keypad, drawn or real, mean something on this screen. */
export const takesKeys = (screen) => Boolean(screen.keypad) || KEYED.has(screen.field?.kind);

/** The element of a screen. `sign(svg)` takes the signature; `part` is new for every place (see `sameplace`). */
export function draw(screen, { keys, part, sign }) {
  const tone = TONES[screen.name] ?? "plain";
  const language = screen.language ?? "en";
  return h(
    "div.screen",
    { "data-part": part, "data-name": screen.name, "data-tone": tone, "data-icon": screen.icon, "data-field": screen.field?.kind, lang: language },
    screen.name === "off" ? null : statusBar(screen, language),
    screen.name === "splash" ? splash(screen) : null,
    screen.name === "off" ? h("h2.visually-hidden", {}, screen.heading) : content(screen, language, sign),
    screen.keypad && !keys ? keypad(screen, language) : null,
    LISTS.has(screen.name) ? answers(screen, (button) => button.style === "plain") : answers(screen),
  );
}

function statusBar(screen, language) {
  const link = screen.link ?? "online";
  return h(
    "div.status-bar",
    { "data-part": "status" },
    h("time", { "data-clock": true, "data-keep": true, "aria-hidden": "true" }),
    screen.name !== "splash" && screen.merchant ? h("span.merchant", {}, screen.merchant) : null,
    h("span.link", { "data-link": link }, icon(link), h("span.visually-hidden", {}, word(link, language))),
  );
}

function splash(screen) {
  if (screen.image) {
    const alt = screen.merchant ?? screen.heading;
    return h("div.cover", { "data-part": "picture" }, h("img.backdrop", { src: screen.image, alt }), title(screen, "visually-hidden"));
  }
  return h(
    "div.cover",
    { "data-part": "cover" },
    h("div.backdrop.own", { "aria-hidden": "true" }),
    h("time.clock", { "data-clock": true, "data-keep": true, "aria-hidden": "true" }),
    h("span.date", { "data-date": true, "data-keep": true, "aria-hidden": "true" }),
    screen.merchant ? h("p.merchant", {}, screen.merchant) : null,
    title(screen),
  );
}

const title = (screen, looks) =>
  h(looks ? `h2.${looks}` : "h2", { tabindex: "-1", "data-heading": true, "data-part": "heading" }, screen.heading);

function content(screen, language, sign) {
  const name = screen.name;
  const picture = screen.icon ?? ICONS[name];
  const shown = picture && isIcon(picture) && !OWN_PICTURES.has(name) ? picture : null;
  const heading = title(screen);
  const amount = screen.amount ? h("p.amount", { "data-part": "amount" }, screen.amount) : null;
  const detail = screen.detail ? h("p.detail", { "data-part": "detail" }, screen.detail) : null;
  return h(
    "div.content",
    { "data-part": "content" },
    screen.steps > 1 ? steps(screen) : null,
    name === "starting" ? h("div.mark", { "aria-hidden": "true" }, icon("contactless")) : null,
    shown ? h(RESULTS.has(name) ? "div.seal" : "div.emblem", { "data-icon": shown, "data-part": "icon" }, icon(shown)) : null,
    name === "cart" ? [heading, detail, lines(screen)] : [amount, name === "splash" ? null : heading, detail],
    name === "present_card" ? present(screen, language) : null,
    name === "reading" ? h("div.chip-reading", { "aria-hidden": "true" }, h("span.card-face"), h("span.beam")) : null,
    name === "processing" || name === "starting" ? h("div.spinner", { "aria-hidden": "true" }, h("i"), h("i"), h("i")) : null,
    name === "printing" ? h("div.paper-feed", { "aria-hidden": "true" }, h("i")) : null,
    screen.code ? code(screen.code) : null,
    name !== "cart" && screen.lines?.length ? lines(screen) : null,
    screen.totals?.length ? totals(screen) : null,
    name === "cart" ? amount : null,
    screen.field ? field(screen, language, sign) : null,
    screen.switches?.length ? switches(screen.switches) : null,
    LISTS.has(name) ? rows(screen.buttons ?? []) : null,
  );
}

const steps = ({ step, steps: all }) =>
  h(
    "p.steps",
    { "data-part": "steps" },
    h("span.visually-hidden", {}, `${step} / ${all}`),
    Array.from({ length: all }, (_, index) => h("i", { "aria-hidden": "true", "data-on": index < step })),
  );

function present(screen, language) {
  const ways = screen.accepts ?? [];
  const main = ways.includes("tap") ? "contactless" : ways[0] ?? screen.icon ?? "contactless";
  return h(
    "div.present",
    { "data-part": "present", "data-main": main },
    h("div.rings", { "aria-hidden": "true" }, h("i"), h("i"), h("i"), h("span.target", {}, icon(main))),
    ways.length
      ? h("ul.ways", {}, ways.map((way) => h("li", {}, icon(way === "tap" ? "contactless" : way), word(way, language))))
      : null,
  );
}

// Three words, one a line: they are read out to somebody, or typed from across the counter.
const code = (text) =>
  h(
    "p.code",
    { "data-part": "code", translate: "no" },
    text.split(/(?<=-)/).map((piece) => h("span", {}, piece)),
  );

const row = ({ label, value, quantity = 1 }) =>
  h(
    "div",
    {},
    h("dt", {}, quantity > 1 ? h("span.quantity", {}, `${quantity} × `) : null, label),
    h("dd", {}, value),
  );
const lines = (screen) => h("dl.lines", { "data-part": "lines" }, (screen.lines ?? []).map(row));
const totals = (screen) => h("dl.totals", { "data-part": "totals" }, screen.totals.map(row));

function field(screen, language, sign) {
  const { kind, label, value = "", entered = 0, error, max_length: longest } = screen.field;
  const hidden = label === screen.heading;
  const about = error ? { "aria-invalid": "true", "aria-describedby": "field-error" } : {};
  const problem = error ? h("p.error", { id: "field-error", "data-part": "error" }, icon("warning"), error) : null;
  const caption = (tag, attributes) => h(hidden ? `${tag}.visually-hidden` : tag, attributes, label);
  if (kind === "signature") {
    const pad = sign(language, label, value);
    pad.dataset.part = "pad";
    return h("div.field", { "data-part": "field" }, caption("p", {}), pad, problem);
  }
  if (KEYED.has(kind) || screen.keypad) {
    const secret = kind === "pin";
    const shown = secret ? dots(entered, longest) : value;
    return h(
      "div.field",
      { "data-part": "field" },
      caption("p", { id: "field-label" }),
      h(
        "div.keyed",
        { class: secret ? "keyed pin" : "keyed", tabindex: "0", role: "group", "aria-labelledby": "field-label", ...about,
          "data-entry": true },
        h("span.shown", { "aria-hidden": secret }, shown),
        secret ? h("span.visually-hidden", {}, String(entered)) : null,
      ),
      problem,
    );
  }
  const types = { email: "email", phone: "tel", numeric: "text", text: "text" };
  const input = h("input", {
    type: types[kind] ?? "text", inputmode: kind === "numeric" ? "numeric" : null, value, autocomplete: "off", autocapitalize: kind === "text" ? "sentences" : "off",
    spellcheck: "false", maxlength: longest, "data-type": true, "data-entry": true, ...about,
  });
  return h("div.field", { "data-part": "field" }, h("label", {}, h(hidden ? "span.visually-hidden" : "span", {}, label), input), problem);
}

const dots = (entered, longest) =>
  Array.from({ length: Math.max(entered, longest <= 6 ? longest : 4) }, (_, index) => h("i", { "data-on": index < entered }));

const switches = (all) =>
  h(
    "div.switches",
    { "data-part": "switches" },
    all.map(({ label, detail, on }, index) =>
      h(
        "label.switch",
        {},
        h("span", {}, label, detail ? h("small", {}, detail) : null),
        h("input", { type: "checkbox", role: "switch", checked: on, "data-toggle": index }),
      ),
    ),
  );

const rows = (buttons) => {
  const listed = buttons.filter((button) => button.style !== "plain");
  return listed.length
    ? h("ul.rows", { "data-part": "rows" }, listed.map((button) => h("li", {}, press(button, icon("chevron")))))
    : null;
};

function answers(screen, which = () => true) {
  const buttons = (screen.buttons ?? []).filter(which);
  const tiles = buttons.filter((button) => screen.name === "tip" && button.detail);
  const others = buttons.filter((button) => !tiles.includes(button));
  return h(
    "div.answers",
    { "data-part": "answers" },
    tiles.length ? h("div.tiles", {}, tiles.map((button) => press(button))) : null,
    others.map((button) => press(button)),
  );
}

const press = ({ id, label, detail, style = "secondary", disabled }, after = null) =>
  h(
    "button.press",
    { type: "button", "data-press": id, "data-part": `button ${id}`, "data-style": style, disabled },
    h("span", {}, label, detail ? h("small", {}, detail) : null),
    after,
  );

/** The keys of a keypad, drawn on glass or as the hardware's own. */
export function keypad(screen, language) {
  const digit = (name) => h("button.key", { type: "button", "data-key": name }, name);
  const named = (name, picture) => h("button.key", { type: "button", "data-key": name, "data-part": name, "aria-label": word(name, language) }, icon(picture));
  return h(
    "div.keypad",
    { "data-part": "keypad", role: "group", "aria-label": word("keypad", language) },
    [..."123"].map(digit), named("cancel", "declined"),
    [..."456"].map(digit), named("clear", "clear"),
    [..."789"].map(digit), named("enter", "approved"),
    digit("0"),
  );
}
