// Pictograms, drawn with lines of one width on a grid of 24.

import { h } from "./dom.js";

const PATHS = {
  till: ["M4 10h16v9H4z", "M7 10V5h10v5", "M8 14h.01", "M12 14h.01", "M16 14h.01", "M10 5V3h4v2"],
  list: ["M8 6h12", "M8 12h12", "M8 18h12", "M4 6h.01", "M4 12h.01", "M4 18h.01"],
  card: ["M4 6h16a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2z", "M2 10h20", "M6 14.5h4"],
  closing: ["M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z"],
  reader: ["M8 3h8a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z", "M9 6.500h6v5H9z", "M9.500 15h.01", "M12 15h.01", "M14.500 15h.01", "M9.500 18h.01", "M12 18h.01", "M14.500 18h.01"],
  contactless: ["M5.5 9a6 6 0 0 1 0 6", "M9.5 6.5a11 11 0 0 1 0 11", "M13.5 4a16 16 0 0 1 0 16"],
  bench: ["M4 7h10", "M18 7h2", "M16 5v4", "M4 17h2", "M10 17h10", "M8 15v4"],
  plus: ["M12 5v14", "M5 12h14"],
  minus: ["M5 12h14"],
  close: ["M6.5 6.500l11 11", "M17.5 6.500l-11 11"],
  done: ["M5 12.5l4.5 4.5L19 7.5"],
  cash: ["M3 7h18v10H3z", "M12 9.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5z", "M6 12h.01", "M18 12h.01"],
  warning: ["M12 3.5L22 20.5H2z", "M12 10v5", "M12 17.800h.01"],
  printer: ["M7 9V3h10v6", "M7 18H4a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1h16a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-3", "M7 14h10v7H7z"],
  mail: ["M3 6h18v12H3z", "M3 7l9 7 9-7"],
  receipt: ["M6 3h12v18l-3-2-3 2-3-2-3 2z", "M9 8h6", "M9 12h6"],
  back: ["M14.5 6l-6 6 6 6"],
  away: ["M14 4h6v6", "M20 4l-9 9", "M18 14v6H4V6h6"],
  Coffee: ["M4 9h12v5a5 5 0 0 1-5 5H9a5 5 0 0 1-5-5z", "M16 10h2a2.500 2.500 0 0 1 0 5h-2", "M8 3v3", "M12 3v3"],
  Tea: ["M5 19c0-9 5-14 14-14 0 9-5 14-14 14z", "M5 19l8-8"],
  Kitchen: ["M3 13a9 9 0 0 1 18 0z", "M2 17h20", "M12 4V2.500"],
  Shelf: ["M5 8h14l-1 13H6z", "M9 8V6a3 3 0 0 1 6 0v2"],
};

/** The pictogram of that name: decoration, so whatever it says has to be said in words beside it. */
export function icon(name) {
  const paths = (PATHS[name] ?? PATHS.Shelf).map((d) => h("path", { d }));
  return h("svg.icon", { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false", "data-icon": name }, paths);
}
