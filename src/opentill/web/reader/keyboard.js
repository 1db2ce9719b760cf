// The physical keyboard: digits and Enter, Backspace, Escape are the reader's keypad whenever it takes keys; single
// letters are the bench's shortcuts, unless somebody types or has switched them off.

const KEYS = { Backspace: "clear", Delete: "clear", Escape: "cancel", Enter: "enter" };

const typing = (target) => target.closest?.('input:not([type="radio"], [type="checkbox"]), textarea, select, [contenteditable]');

/** Listen on the whole page. `glass` takes keys, `letters` maps a letter to what it does, if `listens()`. */
export function listen(glass, letters, listens) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    const key = /^[0-9]$/.test(event.key) ? event.key : KEYS[event.key];
    if (key && glass.takesKeys && !(key === "enter" && event.target.closest("button, a, summary"))) {
      if (event.repeat && key !== "clear") return;
      event.preventDefault();
      glass.send({ type: "key", key });
      return;
    }
    const act = letters[event.key.toLowerCase()];
    if (act && listens() && !event.repeat) {
      event.preventDefault();
      act();
    }
  });
}
