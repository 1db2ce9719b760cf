// The merchant's backend. It knows prices and orders, and it alone has the secret key.

import { keep, pause, recall, state } from "./store.js";

const WAITS_MS = [300, 1000];
const ANSWER_WAIT_MS = 20_000;

/** What the backend said no with, or why it was not reached (`code` is "unreachable"). */
export class BackendError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * Find the backend: `opentill up` tells in config.json; one that runs on its own is named in this page's address,
 * `/pos?backend=http://127.0.0.1:8422#token=…`. The token stays in this tab, and leaves the address at once.
 */
export async function findBackend() {
  const answer = await fetch("/pos/config.json", { cache: "no-store" });
  const config = answer.ok ? await answer.json() : {};
  const named = new URLSearchParams(location.search).get("backend");
  if (named) {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (token) {
      keep(sessionStorage, "till.token", token);
      history.replaceState(null, "", location.pathname + location.search);
    }
    config.backend = named.replace(/\/+$/, "");
    config.token = recall(sessionStorage, "till.token") ?? "";
  }
  if (!config.backend) {
    throw new BackendError(
      "no_backend",
      "No till's backend runs beside this server. Start one with `python -m opentill.examples.till`, and open the address that it prints.",
    );
  }
  Object.assign(state.config, config);
}

/** Ask the backend. What is asked may be asked again: an answer that was lost is asked for again. Throws BackendError. */
export async function ask(method, path, body) {
  for (let tried = 0; ; tried += 1) {
    try {
      return await once(method, path, body);
    } catch (error) {
      const passing = error.code === "unreachable" || error.code === "no_connection";
      if (!passing || tried === WAITS_MS.length) throw error;
      await pause(WAITS_MS[tried]);
    }
  }
}

async function once(method, path, body) {
  let response;
  let answer;
  try {
    response = await fetch(state.config.backend + path, {
      method,
      headers: { "Content-Type": "application/json", "X-Till-Token": state.config.token },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_WAIT_MS),
      cache: "no-store",
    });
    answer = await response.json();
  } catch {
    throw new BackendError("unreachable", "The till's backend does not answer. Check that it runs, then try again.");
  }
  if (!response.ok) throw new BackendError(answer.error?.code ?? "failed", answer.error?.message ?? "The backend failed.");
  return answer;
}
