// Light or dark: as the system has it, until the button says otherwise.

import { icon } from "./icons.js";
import { keep, recall } from "./session.js";

const dark = matchMedia("(prefers-color-scheme: dark)");

/** Make a button switch between light and dark. */
export function themeButton(button) {
  const apply = () => {
    const theme = recall("theme", dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
    const other = theme === "dark" ? "light" : "dark";
    button.replaceChildren(icon(other));
    button.setAttribute("aria-label", `Switch to ${other} page`);
    button.title = `Switch to ${other} page`;
  };
  button.addEventListener("click", () => {
    keep("theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    apply();
  });
  dark.addEventListener("change", apply);
  apply();
}
