// The glass: shows one screen after the other, keeps the focus where a person expects it, says aloud what changed, and
// reports what is pressed and typed.

import { h, morph } from "./dom.js";
import { draw, sameplace, takesKeys } from "./screen.js";
import { signaturePad } from "./signature.js";

export class Glass {
  /** `element` is the glass, `speech` a live region; `send(message)` takes what the person does. */
  constructor(element, speech, send) {
    this.element = element;
    this.speech = speech;
    this.send = send;
    this.screen = null;
    this.keys = false;
    this.places = 0;
    this.spoken = "";
    element.addEventListener("click", (event) => this.#click(event));
    element.addEventListener("input", (event) => {
      if (event.target.matches("[data-type]")) send({ type: "text", text: event.target.value });
    });
    element.addEventListener("change", (event) => {
      const { toggle } = event.target.dataset;
      if (toggle !== undefined) send({ type: "toggle", index: Number(toggle), on: event.target.checked });
    });
    element.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("[data-type]")) {
        element.querySelector('.press[data-style="primary"]:not(:disabled)')?.click();
      }
    });
    // A key that is clicked does not take the focus from the field, so that Enter still means "enter".
    element.addEventListener("pointerdown", (event) => {
      if (event.target.closest(".key")) event.preventDefault();
    });
    // The code stands on several lines, and is one word when it is copied.
    element.addEventListener("copy", (event) => {
      const code = getSelection().anchorNode?.parentElement?.closest(".code");
      if (!code) return;
      event.clipboardData.setData("text/plain", code.textContent);
      event.preventDefault();
    });
    setInterval(() => this.tick(), 1000);
  }

  /** Show a screen. `keys`: the device has a keypad of its own. */
  show(screen, keys) {
    const same = sameplace(this.screen, screen) && keys === this.keys;
    const focused = this.element.contains(document.activeElement) || document.activeElement === document.body;
    const cleared = same && Boolean(this.screen.field?.value) && !screen.field?.value;
    if (!same) this.places += 1;
    this.screen = screen;
    this.keys = keys;
    const sign = (language, label, value) =>
      signaturePad(language, label, value, (svg) => this.send({ type: "sign", svg }));
    const next = draw(screen, { keys, part: `place ${this.places}`, sign });
    const [now] = this.element.children;
    const there = now ? morph(now, next) : this.element.appendChild(next);
    this.#settle(there);
    if (cleared) there.querySelector(".signature")?.dispatchEvent(new Event("clear"));
    this.tick();
    this.#speak();
    if (!same) {
      there.querySelector(".content")?.scrollTo(0, 0);
      if (focused) this.#focus(there);
    } else if (focused && !this.element.contains(document.activeElement)) this.#focus(there);
  }

  /** Whether a key of the keyboard stands for one of the keypad now. */
  get takesKeys() {
    return this.screen !== null && (this.keys || takesKeys(this.screen));
  }

  /** The clocks, as the language writes them. */
  tick() {
    const language = this.screen?.language ?? "en";
    const now = new Date();
    const put = (selector, options) => {
      const text = new Intl.DateTimeFormat(language, options).format(now);
      for (const place of this.element.querySelectorAll(selector)) if (place.textContent !== text) place.textContent = text;
    };
    put("[data-clock]", { hour: "numeric", minute: "2-digit" });
    put("[data-date]", { weekday: "long", day: "numeric", month: "long" });
  }

  #click(event) {
    const pressed = event.target.closest("[data-press], [data-key]");
    if (!pressed || pressed.disabled) return;
    const { press, key } = pressed.dataset;
    this.send(press === undefined ? { type: "key", key } : { type: "press", button: press });
  }

  // What the device says counts, except in the field that is being typed in: there the person is ahead.
  #settle(there) {
    for (const input of there.querySelectorAll("[data-toggle]")) input.checked = input.hasAttribute("checked");
    for (const input of there.querySelectorAll("[data-type]")) {
      const value = input.getAttribute("value") ?? "";
      if (input !== document.activeElement && input.value !== value) input.value = value;
    }
  }

  #focus(there) {
    const target = there.querySelector("[data-entry]") ?? there.querySelector("[data-heading]");
    target?.focus({ preventScroll: true });
  }

  #speak() {
    const { heading, detail, amount, speak, field, language } = this.screen;
    const text = [speak ?? [amount, heading, detail].filter(Boolean).join(". "), field?.error].filter(Boolean).join(". ");
    if (text === this.spoken) return;
    this.spoken = text;
    this.speech.lang = language ?? "en";
    this.speech.replaceChildren(h("p", {}, text));
  }
}
