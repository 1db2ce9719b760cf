// Pictograms, drawn with lines of one width on a grid of 24.

import { h } from "./dom.js";

const CARD = "M4 6h16a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2z";
const PATHS = {
  approved: ["M5 12.5l4.5 4.5L19 7.5"],
  declined: ["M6.5 6.5l11 11", "M17.5 6.5l-11 11"],
  contactless: ["M5.5 9a6 6 0 0 1 0 6", "M9.5 6.5a11 11 0 0 1 0 11", "M13.5 4a16 16 0 0 1 0 16"],
  insert: ["M7 2h10v9H7z", "M10 5.5h4", "M4 20.5h16", "M12 18.5V13.5", "M9.5 15.5L12 13l2.5 2.5"],
  swipe: ["M2 7h14v10H2z", "M2 10.5h14", "M20.5 4v14", "M18 15.5l2.5 2.5 2.5-2.5"],
  remove: ["M7 13h10v9H7z", "M10 18.5h4", "M4 3.5h16", "M12 10.5V5.5", "M9.5 8L12 5.5 14.5 8"],
  offline: ["M3 3l18 18", "M2 9a15 15 0 0 1 4.5-3", "M22 9A15 15 0 0 0 10.5 5", "M5.5 12.5a10 10 0 0 1 4-2.3",
    "M18.5 12.5a10 10 0 0 0-3.200-2", "M9 16a5 5 0 0 1 5.5-.8", "M12 19.5h.01"],
  online: ["M2 9a15 15 0 0 1 20 0", "M5.5 12.5a10 10 0 0 1 13 0", "M9 16a5 5 0 0 1 6 0", "M12 19.5h.01"],
  connecting: ["M9 16a5 5 0 0 1 6 0", "M12 19.5h.01", "M5 9.5h.01", "M12 7h.01", "M19 9.5h.01"],
  update: ["M20 12a8 8 0 0 1-14.5 4.6", "M4 12a8 8 0 0 1 14.5-4.6", "M18.5 3v4.5H14", "M5.5 21v-4.5H10"],
  printer: ["M7 9V3h10v6", "M7 18H4a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1h16a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-3", "M7 14h10v7H7z"],
  warning: ["M12 3.5L22 20.5H2z", "M12 10v5", "M12 17.800h.01"],
  save: [CARD, "M2 10h20", "M14 14.5l1.5 1.5 3-3"],
  card: [CARD, "M2 10h20", "M6 14.5h4"],
  canceled: ["M4 12h16"],
  search: ["M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13z", "M15.5 15.5L21 21"],
  sound: ["M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z", "M15.5 9a4.5 4.5 0 0 1 0 6", "M18.5 6.5a8.5 8.5 0 0 1 0 11"],
  mute: ["M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z", "M16 9.5l5 5", "M21 9.5l-5 5"],
  light: ["M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8z", "M12 2v2", "M12 20v2", "M2 12h2", "M20 12h2", "M5 5l1.4 1.4",
    "M17.6 17.600L19 19", "M19 5l-1.4 1.4", "M6.4 17.600L5 19"],
  dark: ["M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z"],
  bench: ["M4 7h10", "M18 7h2", "M16 5v4", "M4 17h2", "M10 17h10", "M8 15v4"],
  chevron: ["M9.5 6l6 6-6 6"],
  up: ["M6 15l6-6 6 6"],
  down: ["M6 9l6 6 6-6"],
  back: ["M14.5 6l-6 6 6 6"],
  pen: ["M4 20l1-4.5L16.5 4a2 2 0 0 1 3 0l.5.5a2 2 0 0 1 0 3L8.5 19z", "M14 6.5l3.5 3.5"],
  keyboard: ["M4 6h16a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2z", "M6 10h.01", "M10 10h.01",
    "M14 10h.01", "M18 10h.01", "M8 14h8"],
  copy: ["M9 9h11v11H9z", "M15 9V4H4v11h5"],
  clear: ["M9 5h11a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H9l-6-7z", "M12 9.5l5 5", "M17 9.5l-5 5"],
};

/** The pictogram of that name: decoration, so whatever it says has to be said in words beside it. */
export function icon(name) {
  const paths = PATHS[name].map((d) => h("path", { d }));
  return h("svg.icon", { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false", "data-icon": name }, paths);
}

export const isIcon = (name) => Object.hasOwn(PATHS, name);
