// @ts-check
/**
 * The reader that the SDK is connected to, and the one command that it has at a time.
 *
 * A command is sent to the reader through the server, and looked at until it has ended. What became of it is what the
 * server says, so that who lost an answer asks again and finds the same.
 */

import {ActionFailed, ReaderError, TerminalError, failed} from './errors.js';
import {pause} from './session.js';
import {inputCollection, presentment} from './simulator.js';

/**
 * @typedef {import('./types.js').PosReader} PosReader
 * @typedef {import('./types.js').Action} Action
 * @typedef {import('./types.js').Params} Params
 * @typedef {import('./session.js').Session} Session
 * @typedef {'payment' | 'setup' | 'refund' | 'inputs' | 'none'} Purpose what a customer is asked for
 * @typedef {{command: string, subject: string}} Held the command that read the card the reader holds, and for what
 *
 * @typedef {object} Pending a command that is under way
 * @property {string} name
 * @property {string} reader the id of its reader
 * @property {boolean} canceled whether the app has asked to cancel it
 * @property {Promise<void>} begun settled when the reader has it, or does not take it
 * @property {unknown} spoiled why the simulated customer could not do their part
 */

const LOOK_MS = 150;
const LOOK_LONGER_MS = 400;
const LOOKED_OFTEN = 40;
const WATCH_MS = 10_000;
const SIMULATED_CUSTOMER_MS = 250;

/** What uses a card: it can be canceled only while the reader asks for the card once more. */
const USES_THE_CARD = /^(process|confirm)/;

export class Link {
  /** @type {any} the reader, as the app knows it */
  reader = null;
  /** @type {string} its id on the server */
  id = '';
  connection = 'not_connected';
  payment = 'not_ready';
  simulated = false;
  /** @type {import('@stripe/terminal-js').SimulatorConfiguration} */
  simulation = {};
  /** @type {Held | null} */
  held = null;
  /** @type {Pending | null} */
  #pending = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #watch;
  #looking = false;
  /** @type {Session} */
  #session;
  /** @type {any} */
  #props;

  /**
   * @param {Session} session
   * @param {any} props the app's handlers
   */
  constructor(session, props) {
    this.#session = session;
    this.#props = props;
  }

  // Connecting -------------------------------------------------------------------------------------------------

  /**
   * Connect to a reader.
   *
   * @param {() => Promise<string>} find its id on the server
   * @param {boolean} failIfInUse
   * @param {boolean} simulated
   */
  async connect(find, failIfInUse, simulated) {
    if (this.connection === 'connected') {
      throw new TerminalError('already_connected', `Already connected to ${this.reader.label}. Disconnect first.`);
    }
    if (this.connection === 'connecting') {
      throw new TerminalError('command_already_in_progress', 'connectReader is in progress already.');
    }
    this.#setConnection('connecting');
    try {
      const id = await find();
      const params = {fail_if_in_use: failIfInUse};
      const held = await this.#session.post(`/readers/${encodeURIComponent(id)}/connect`, params);
      this.id = id;
      this.reader = held.reader;
    } catch (error) {
      this.#setConnection('not_connected');
      throw error;
    }
    this.simulated = simulated;
    this.simulation = {};
    this.held = null;
    this.#setConnection('connected');
    this.#setPayment('ready');
    this.#watch = setInterval(() => void this.#look(), WATCH_MS);
  }

  /** Disconnect. A command that waits for the customer is canceled. */
  async disconnect() {
    if (this.connection !== 'connected') return;
    const id = this.id;
    if (this.#pending && !USES_THE_CARD.test(this.#pending.name)) this.#pending.canceled = true;
    this.#letGo();
    try {
      await this.#session.post(`/readers/${id}/disconnect`);
    } catch (error) {
      if (!(error instanceof ReaderError)) throw error;
    }
  }

  /** Throws unless a reader is connected. */
  connected() {
    if (this.connection !== 'connected') {
      throw new TerminalError('no_established_connection', 'No reader is connected. Call connectReader first.');
    }
  }

  // Commands ---------------------------------------------------------------------------------------------------

  /**
   * Run a command, the only one at its time.
   *
   * @template T
   * @param {string} name
   * @param {string} status the payment status meanwhile
   * @param {(pending: Pending) => Promise<T>} run
   * @returns {Promise<T>}
   */
  async command(name, status, run) {
    this.connected();
    if (this.#pending) {
      const message = `${this.#pending.name} is in progress: wait, or cancel it.`;
      throw new TerminalError('command_already_in_progress', message);
    }
    /** @type {Pending} */
    const pending = {name, reader: this.id, canceled: false, begun: Promise.resolve(), spoiled: null};
    this.#pending = pending;
    this.#setPayment(status);
    try {
      return await run(pending);
    } catch (error) {
      if (pending.canceled) throw new TerminalError('canceled', `${name} was canceled.`);
      throw error;
    } finally {
      if (this.#pending === pending) {
        this.#pending = null;
        this.#setPayment('ready');
      }
    }
  }

  /**
   * Give the reader something to do.
   *
   * @param {Pending} pending
   * @param {string} command
   * @param {Params | FormData} params
   * @param {Purpose} purpose
   * @returns {Promise<PosReader>}
   */
  async begin(pending, command, params, purpose) {
    const sent = this.#session.post(`/readers/${pending.reader}/${command}`, params);
    pending.begun = sent.then(
      () => {},
      () => {},
    );
    const begun = await sent;
    const asks = purpose !== 'none' && begun.phase === 'waiting';
    if (this.simulated && asks) void this.#simulateCustomer(pending, purpose);
    return begun;
  }

  /**
   * The same where an earlier call may have begun it already, without learning so: then that is joined. A failure is
   * joined only while nobody has been told of it: that is, while the card counts as held.
   *
   * @param {Pending} pending
   * @param {string} command
   * @param {Params} params
   * @param {Purpose} purpose
   * @param {string} subject what the card is held for
   * @param {(action: Action) => boolean} same whether that is what the reader does, or did last
   */
  async beginOrJoin(pending, command, params, purpose, subject, same) {
    const phases = this.held?.subject === subject ? ['working', 'succeeded', 'failed'] : ['working', 'succeeded'];
    try {
      return await this.begin(pending, command, params, purpose);
    } catch (error) {
      const busy = error instanceof ReaderError && !error.lost;
      if (!busy && !(error instanceof TerminalError && error.code === 'intent_invalid_state')) throw error;
      /** @type {PosReader} */
      const seen = await this.#session.get(`/readers/${pending.reader}`);
      const done = action(seen);
      if (done && same(done) && phases.includes(seen.phase)) return seen;
      throw error;
    }
  }

  /**
   * Look at the reader until its action has ended, or a card is held for the next step. Throws if it failed.
   *
   * @param {Pending} pending
   * @param {PosReader} begun
   * @param {() => Promise<any>} [intent] looks up the intent that the action is about
   * @returns {Promise<PosReader>}
   */
  async end(pending, begun, intent) {
    const type = action(begun)?.type;
    let seen = begun;
    for (let looked = 0; ; looked += 1) {
      if (seen.phase === 'idle' || action(seen)?.type !== type) {
        if (!pending.canceled) throw new ReaderError('The reader was given something else to do, or gave up.');
        const now = await intent?.();
        if (now?.status === 'requires_capture' || now?.status === 'succeeded') return seen; // canceled too late
        throw new TerminalError('canceled', `${pending.name} was canceled.`);
      }
      if (seen.phase === 'collected' || seen.phase === 'succeeded') return seen;
      if (seen.phase === 'failed') {
        const why = /** @type {Action} */ (action(seen));
        throw failed(why, type?.includes('payment') ? await intent?.().catch(() => undefined) : undefined);
      }
      if (seen.reader.status === 'offline') throw new ReaderError('The reader is offline.', {}, true);
      if (pending.spoiled) {
        await this.#session.post(`/readers/${pending.reader}/cancel_action`).catch(() => undefined);
        throw pending.spoiled;
      }
      await pause(looked < LOOKED_OFTEN ? LOOK_MS : LOOK_LONGER_MS);
      seen = await this.#session.get(`/readers/${pending.reader}`);
    }
  }

  /**
   * Run what uses the card that is held: afterwards it is held no more, unless nobody knows what became of it.
   *
   * @template T
   * @param {() => Promise<T>} run
   * @returns {Promise<T>}
   */
  async using(run) {
    try {
      const result = await run();
      this.held = null;
      return result;
    } catch (error) {
      const unsure = error instanceof TerminalError && /^(network_|reader_error$)/.test(error.code);
      if (!unsure || error instanceof ActionFailed) this.held = null;
      throw error;
    } finally {
      this.simulation = {};
    }
  }

  /**
   * Cancel a command: one that is under way, or one whose card the reader still holds.
   *
   * @param {string} name
   * @param {string} otherwise the code if there is nothing to cancel
   */
  async cancel(name, otherwise) {
    this.connected();
    const pending = this.#pending;
    if (pending?.name !== name) {
      if (pending !== null || this.held?.command !== name) {
        throw new TerminalError(otherwise, `${name} is not in progress.`);
      }
      await this.#session.post(`/readers/${this.id}/cancel_action`);
      this.held = null;
      return;
    }
    if (pending.canceled) throw new TerminalError('cancelable_already_canceled', `${name} was canceled already.`);
    pending.canceled = true;
    await pending.begun;
    try {
      if (USES_THE_CARD.test(name)) {
        const seen = await this.#session.get(`/readers/${pending.reader}`);
        if (seen.phase !== 'waiting') throw new ReaderError('The card is in use.');
      }
      await this.#session.post(`/readers/${pending.reader}/cancel_action`);
    } catch (error) {
      pending.canceled = false;
      if (error instanceof ReaderError && !error.lost) {
        throw new TerminalError('cancelable_already_completed', `${name} cannot be canceled any more.`);
      }
      throw error;
    }
    this.held = null;
  }

  /**
   * Be the customer of the simulated reader, a moment later. Whatever becomes of it shows in the action.
   *
   * @param {Pending} pending
   * @param {Exclude<Purpose, 'none'>} purpose
   */
  async #simulateCustomer(pending, purpose) {
    await pause(SIMULATED_CUSTOMER_MS);
    if (this.#pending !== pending || pending.canceled) return;
    /** @type {[string, Params]} */
    const [helper, params] =
      purpose === 'inputs'
        ? inputCollection(this.simulation)
        : ['present_payment_method', presentment(this.simulation, purpose)];
    try {
      await this.#session.post(`/readers/${pending.reader}/${helper}`, params);
    } catch (error) {
      pending.spoiled = error;
    }
  }

  // States -----------------------------------------------------------------------------------------------------

  /** The reader is not ours any more. @param {TerminalError} error */
  lose(error) {
    if (this.connection !== 'connected') return;
    this.#letGo();
    this.#tell('onUnexpectedReaderDisconnect', {error: error.exposed()});
  }

  /** See whether the reader is still ours, while no command tells. */
  async #look() {
    if (this.#pending || this.#looking) return;
    const id = this.id;
    this.#looking = true;
    try {
      const seen = await this.#session.get(`/readers/${id}`);
      if (seen.reader.status === 'offline' && id === this.id) this.lose(new ReaderError('The reader is offline.'));
    } catch (error) {
      if (error instanceof ReaderError && error.lost && id === this.id) this.lose(error);
    } finally {
      this.#looking = false;
    }
  }

  #letGo() {
    clearInterval(this.#watch);
    this.reader = null;
    this.id = '';
    this.simulated = false;
    this.simulation = {};
    this.held = null;
    this.#pending = null;
    this.#setPayment('not_ready');
    this.#setConnection('not_connected');
  }

  /** @param {string} status */
  #setConnection(status) {
    if (status === this.connection) return;
    this.connection = status;
    this.#tell('onConnectionStatusChange', {status});
  }

  /** @param {string} status */
  #setPayment(status) {
    if (status === this.payment) return;
    this.payment = status;
    this.#tell('onPaymentStatusChange', {status});
  }

  /**
   * Call the app back; its mistakes are its own.
   *
   * @param {string} callback
   * @param {unknown} event
   */
  #tell(callback, event) {
    try {
      this.#props[callback]?.(event);
    } catch (error) {
      console.error(`${callback} failed`, error);
    }
  }
}

/**
 * What the reader does for this session, or did last.
 *
 * @param {PosReader} seen
 * @returns {Action | null}
 */
export function action(seen) {
  return /** @type {any} */ (seen.reader.action);
}
