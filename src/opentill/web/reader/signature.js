// The signature pad: drawn with a finger, a pen or a mouse, or typed, for those who use a keyboard. What it reports is
// an SVG document of one path, or "" when there is nothing on it.

import { h } from "./dom.js";
import { written } from "./handwriting.js";
import { icon } from "./icons.js";
import { word } from "./words.js";

const WIDTH = 600;
const HEIGHT = 240;
const POINTS_MAX = 6000; // some minutes of scribbling; the document stays below 100 kB
const NEAR = 2.5; // points closer together than this add bytes, not shape

const document_of = (path) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">` +
  `<path d="${path}" fill="none" stroke="black" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/></svg>`;

/**
 * A pad in `language`, showing `signed`, which it reported before or "". `report(svg)` is called at the end of each
 * stroke, after each letter, and with "" for nothing. The event "clear" wipes it.
 */
export function signaturePad(language, label, signed, report) {
  const path = h("path.ink", { d: "" });
  const pad = h(
    "svg.pad",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label, preserveAspectRatio: "xMidYMid meet" },
    h("path.rule", { d: `M40 ${HEIGHT - 50}H${WIDTH - 40}` }),
    h("path.cross", { d: `M44 ${HEIGHT - 84}l18 18m0-18l-18 18` }),
    path,
  );
  const hint = h("p.hint", {}, word("sign_here", language));
  const other = h("button.tool", { type: "button", "aria-pressed": "false" });
  const name = h("input", { type: "text", maxlength: "60", autocomplete: "off", spellcheck: "false" });
  const typing = h("label.typed-name", { hidden: true }, h("span", {}, word("your_name", language)), name);
  const element = h(
    "div.signature",
    { "data-keep": true },
    h("div.paper", {}, pad, hint),
    typing,
    h("div.tools", {}, other),
  );

  let done = ""; // the strokes that are finished, as a path
  let stroke = []; // the points of the one that is not
  let frame = null;
  let points = 0;
  let pointer = null;

  const show = (d) => {
    path.setAttribute("d", d);
    hint.hidden = d !== "";
  };
  const tell = () => report(path.getAttribute("d") ? document_of(path.getAttribute("d")) : "");
  const clear = () => {
    done = "";
    stroke = [];
    points = 0;
    name.value = "";
    show("");
  };
  const typed = () => other.getAttribute("aria-pressed") === "true";
  const label_other = () =>
    other.replaceChildren(icon(typed() ? "pen" : "keyboard"), word(typed() ? "draw" : "type_name", language));

  const at = (event) => {
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(pad.getScreenCTM().inverse());
    return [Math.min(Math.max(place.x, 2), WIDTH - 2), Math.min(Math.max(place.y, 2), HEIGHT - 2)];
  };
  const move = (event) => {
    if (event.pointerId !== pointer) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const each of all.length ? all : [event]) {
      const [x, y] = at(each);
      const [before_x, before_y] = stroke.at(-1);
      if (points < POINTS_MAX && Math.hypot(x - before_x, y - before_y) >= NEAR) {
        stroke.push([x, y]);
        points += 1;
      }
    }
    frame ??= requestAnimationFrame(() => {
      frame = null;
      if (stroke.length) show(done + smooth(stroke));
    });
  };
  const lift = (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    done += smooth(stroke);
    stroke = [];
    show(done);
    tell();
  };
  pad.addEventListener("pointerdown", (event) => {
    if (typed() || pointer !== null || event.button !== 0) return;
    event.preventDefault();
    pointer = event.pointerId;
    pad.setPointerCapture(pointer);
    stroke = [at(event)];
    points += 1;
    show(done + smooth(stroke));
  });
  pad.addEventListener("pointermove", move);
  pad.addEventListener("pointerup", lift);
  pad.addEventListener("pointercancel", lift);
  element.addEventListener("clear", clear);
  other.addEventListener("click", () => {
    const to_typing = !typed();
    other.setAttribute("aria-pressed", String(to_typing));
    typing.hidden = !to_typing;
    label_other();
    clear();
    tell();
    if (to_typing) name.focus();
  });
  name.addEventListener("input", () => {
    show(written(name.value, WIDTH, HEIGHT));
    tell();
  });
  label_other();
  done = /<path d="([^"]*)"/.exec(signed)?.[1] ?? "";
  show(done);
  return element;
}

// A stroke as a path of quadratic curves through the middles of its points; a dot for a single one.
function smooth(stroke) {
  const round = (number) => Math.round(number * 10) / 10;
  const [[x, y], ...rest] = stroke;
  let d = `M${round(x)} ${round(y)}`;
  if (!rest.length) return `${d}l.1 0`;
  rest.forEach(([px, py], index) => {
    const [nx, ny] = rest[index + 1] ?? [px, py];
    d += `Q${round(px)} ${round(py)} ${round((px + nx) / 2)} ${round((py + ny) / 2)}`;
  });
  return d;
}
