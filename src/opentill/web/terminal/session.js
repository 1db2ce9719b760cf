// @ts-check
/**
 * The session with the server, opened by a connection token of the app's: tokens are asked for when they are needed,
 * used once, and never kept.
 *
 * A request that got no answer is sent again under the same idempotency key, so that nothing is done twice.
 */

import {TerminalError, refused} from './errors.js';
import {form} from './form.js';

/** What a signature is; everything else that the server answers is JSON. */
const SVG = 'image/svg+xml';

const TOKEN_WAIT_MS = 60_000;
const ANSWER_WAIT_MS = 30_000;
const UNANSWERED_MAX = 2;
const RETRY_WAITS_MS = [200, 500, 1_000, 2_000, 4_000];

/** @param {number} ms */
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Session {
  /** @type {Promise<string> | null} */
  #secret = null;
  /** @type {string | undefined} the secret of the session before, which the next one continues if it may */
  #earlier;

  /**
   * @param {() => Promise<string>} fetchConnectionToken
   * @param {string} baseUrl where the server is
   * @param {(line: string) => void} log
   */
  constructor(fetchConnectionToken, baseUrl, log) {
    this.baseUrl = baseUrl;
    this.fetchConnectionToken = fetchConnectionToken;
    this.log = log;
  }

  /**
   * Forget the session; the next request asks the app for another connection token. The session that it opens goes on
   * with what this one was connected to, unless the token is of another account.
   */
  forget() {
    this.#secret = null;
  }

  /**
   * @param {string} path below `/opentill/pos`
   * @param {import('./types.js').Params} [params]
   */
  get(path, params = {}) {
    const query = form(params).toString();
    return this.#request('GET', query ? `${path}?${query}` : path, undefined, undefined);
  }

  /**
   * @param {string} path
   * @param {import('./types.js').Params | FormData} [params]
   * @param {string} [key] the idempotency key; the same key does the same thing once
   */
  post(path, params = {}, key = crypto.randomUUID()) {
    return this.#request('POST', path, params instanceof FormData ? params : form(params), key);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {URLSearchParams | FormData | undefined} body
   * @param {string | undefined} key
   * @returns {Promise<any>}
   */
  async #request(method, path, body, key) {
    let renewed = false;
    for (let tried = 0; ; tried += 1) {
      const opened = this.#open();
      const secret = await opened;
      const answer = await this.#send(method, path, body, key, secret);
      if (answer.status === 200) return answer.body;
      const error = answer.body.error;
      if (answer.status === 401 && !renewed) {
        renewed = true;
        if (this.#secret === opened) this.forget();
      } else if (answer.retry && tried < RETRY_WAITS_MS.length) {
        await pause(RETRY_WAITS_MS[tried]);
      } else {
        throw refused(error, answer.requestId);
      }
    }
  }

  /** The session's secret, from a new connection token if there is none. Asked for once at a time. */
  #open() {
    this.#secret ??= this.#redeem().catch((error) => {
      this.#secret = null;
      throw error;
    });
    return this.#secret;
  }

  async #redeem() {
    const token = await this.#token();
    const answer = await this.#send('POST', '/sessions', form({session: this.#earlier}), crypto.randomUUID(), token);
    if (answer.status !== 200) throw refused(answer.body.error, answer.requestId);
    this.#earlier = /** @type {string} */ (answer.body.secret);
    return this.#earlier;
  }

  async #token() {
    this.log('asking the app for a connection token');
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('it did not answer within a minute')), TOKEN_WAIT_MS);
    });
    let token;
    try {
      token = await Promise.race([Promise.resolve().then(() => this.fetchConnectionToken()), late]);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `onFetchConnectionToken gave no connection token: ${why}`;
      throw new TerminalError('failed_fetch_connection_token', message);
    } finally {
      clearTimeout(timer);
    }
    if (typeof token !== 'string' || token === '') {
      throw new TerminalError(
        'failed_fetch_connection_token',
        'onFetchConnectionToken must resolve to the secret of a connection token: a string.',
      );
    }
    if (!token.startsWith('pst_')) {
      throw new TerminalError(
        'invalid_connection_token',
        'onFetchConnectionToken resolved to something else than the secret of a connection token (pst_…).',
      );
    }
    return token;
  }

  /**
   * One request until it is answered by the server, whatever the answer is.
   *
   * @param {string} method
   * @param {string} path
   * @param {URLSearchParams | FormData | undefined} body
   * @param {string | undefined} key
   * @param {string} secret
   */
  async #send(method, path, body, key, secret) {
    /** @type {Record<string, string>} */
    const headers = {Authorization: `Bearer ${secret}`};
    if (key) headers['Idempotency-Key'] = key;
    let why = new TerminalError('network_error', 'Could not reach the server. Check the connection and try again.');
    let unanswered = 0;
    for (let tried = 0; tried <= RETRY_WAITS_MS.length && unanswered < UNANSWERED_MAX; tried += 1) {
      if (tried) await pause(RETRY_WAITS_MS[tried - 1]);
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(), ANSWER_WAIT_MS);
      try {
        const url = `${this.baseUrl}/opentill/pos${path}`;
        const response = await fetch(url, {method, headers, body, signal: stop.signal, cache: 'no-store'});
        return {
          status: response.status,
          body: await (response.headers.get('Content-Type') === SVG ? response.text() : response.json()),
          requestId: response.headers.get('Request-Id'),
          retry: response.headers.get('Stripe-Should-Retry') === 'true' || response.status === 503,
        };
      } catch (error) {
        this.log(`${method} ${path.split('?')[0]}: ${stop.signal.aborted ? 'no answer in time' : error}`);
        if (stop.signal.aborted) {
          unanswered += 1;
          why = new TerminalError('network_timeout', 'The server did not answer in time.');
        } else if (error instanceof SyntaxError) {
          why = new TerminalError('json_rpc_parse_error', 'Something else than the server answers at its address.');
        }
      } finally {
        clearTimeout(timer);
      }
    }
    throw why;
  }
}
