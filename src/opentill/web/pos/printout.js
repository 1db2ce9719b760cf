// The receipt as lines, for the screen, for paper, and as a picture for the printer of a reader.

import { money, state } from "./store.js";

const WIDTH = 384; // dots of a 58 mm printer
const LINE = 26;

/** What the card's rules want on the receipt, by its name there; only what the card gave. */
export function cardFields(card) {
  const receipt = card.receipt ?? {};
  const fields = {
    Application: receipt.application_preferred_name,
    AID: receipt.dedicated_file_name,
    "Account type": receipt.account_type,
    "Authorization code": receipt.authorization_code,
    "Response code": receipt.authorization_response_code,
    "Verified by": VERIFIED[receipt.cardholder_verification_method],
    Cryptogram: receipt.application_cryptogram,
    TVR: receipt.terminal_verification_results,
    TSI: receipt.transaction_status_information,
  };
  return Object.entries(fields).filter(([, value]) => value);
}

const VERIFIED = {
  offline_pin: "PIN",
  online_pin: "PIN",
  offline_pin_and_signature: "PIN and signature",
  signature: "Signature",
  none: "Not asked",
  approval: "Device",
};

const READ = {
  contact_emv: "chip",
  contactless_emv: "contactless",
  contactless_magstripe_mode: "contactless",
  magnetic_stripe_fallback: "magnetic stripe",
  magnetic_stripe_track2: "magnetic stripe",
};

/** "Visa •••• 4242, contactless" */
export function cardName(card) {
  const brand = card.brand ? card.brand.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase()) : "Card";
  return `${brand} •••• ${card.last4}`;
}

export const readBy = (card) => READ[card.read_method] ?? "";

/** When an order was made, in words. */
export const when = (order) => new Date(order.created * 1000).toLocaleString("en-US", { dateStyle: "medium", timeStyle: "short" });

/** The sums of an order: [label, amount] each. */
export function sums(order) {
  const rows = [["Subtotal", order.subtotal], [`Tax ${state.menu.tax_percent}%`, order.tax]];
  if (order.tip) rows.push(["Tip", order.tip]);
  return [...rows, ["Total", order.total + order.tip]];
}

/** A canvas with the receipt, black on white, for `terminal.print`. */
export function printed({ order, card }) {
  const rows = [
    [state.menu.shop],
    [when(order)],
    [],
    ...order.lines.map((line) => [`${line.quantity} × ${line.name}`, money(line.amount)]),
    [],
    ...sums(order).map(([label, amount]) => [label, money(amount)]),
    [],
    ...(order.paid_with === "cash" ? [["Paid in cash"]] : []),
    ...(card?.last4 ? [[cardName(card), readBy(card)], ...cardFields(card)] : []),
  ];
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = (rows.length + 2) * LINE;
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  rows.forEach(([left = "", right = ""], row) => {
    pen.font = `${row === 0 || left === "Total" ? "bold " : ""}20px monospace`;
    pen.textAlign = "left";
    pen.fillText(left, 0, (row + 1.5) * LINE, right ? WIDTH * 0.62 : WIDTH);
    pen.textAlign = "right";
    pen.fillText(right, WIDTH, (row + 1.5) * LINE, WIDTH * 0.58);
  });
  return canvas;
}
