// The way to the reader program. It comes back by itself, sooner and later, with some chance in between so that many
// pages do not knock at once. What is pressed while it is gone is lost: a key pressed blindly must not count later.

const WAIT_MS_FIRST = 250;
const WAIT_MS_MAX = 5000;

export class Connection {
  #socket = null;
  #wait = WAIT_MS_FIRST;
  #timer = null;

  /** `received(message)` gets what the program says; `changed(up)` hears when the way opens and closes. */
  constructor(url, received, changed) {
    this.url = url;
    this.received = received;
    this.changed = changed;
    this.up = false;
    addEventListener("online", () => this.#hurry());
    addEventListener("pageshow", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
    this.#open();
  }

  /** Send a message; false if there is no way now. */
  send(message) {
    if (!this.up) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #open() {
    this.#timer = null;
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#wait = WAIT_MS_FIRST;
      this.#turn(true);
    });
    socket.addEventListener("message", (event) => this.received(JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      this.#turn(false);
      this.#timer = setTimeout(() => this.#open(), this.#wait * (0.75 + Math.random() / 2));
      this.#wait = Math.min(this.#wait * 1.7, WAIT_MS_MAX);
    });
  }

  #turn(up) {
    this.up = up;
    this.changed(up);
  }

  #hurry() {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#wait = WAIT_MS_FIRST;
    this.#open();
  }
}
