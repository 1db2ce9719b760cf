// @ts-check
/**
 * The Terminal object that an app works with.
 *
 * One command at a time: it is sent to the reader through the server, and looked at until it has ended. What became of
 * it is what the server says, so a page that lost an answer asks again and finds the same.
 */

import {ReaderError, TerminalError, failed} from './errors.js';
import {asked, entered} from './inputs.js';
import {Session, pause} from './session.js';
import {inputCollection, known, presentment} from './simulator.js';

const LOOK_MS = 150;
const LOOK_LONGER_MS = 400;
const LOOKED_OFTEN = 40;
const WATCH_MS = 10_000;
const SIMULATED_CUSTOMER_MS = 250;
const READERS_MAX = 100;

const SIMULATOR = Object.freeze({
  id: 'SIMULATOR',
  object: 'terminal.reader',
  action: null,
  device_sw_version: '',
  device_type: 'simulated_wisepos_e',
  ip_address: '0.0.0.0',
  label: 'Simulated reader',
  livemode: false,
  location: null,
  metadata: {},
  serial_number: 'SIMULATOR',
  status: 'online',
});

/**
 * @typedef {object} Pending a command that is under way
 * @property {string} name
 * @property {boolean} canceled whether the app has asked to cancel it
 * @property {Promise<void>} begun settled when the reader has it, or does not take it
 * @property {unknown} spoiled why the simulated customer could not do their part
 */

export class Terminal {
  /** @type {Session} */
  #session;
  /** @type {any} */
  #props;
  /** @type {any} the reader we hold, as the app knows it */
  #reader = null;
  /** @type {string} its id on the server */
  #readerId = '';
  #connection = 'not_connected';
  #payment = 'not_ready';
  /** @type {Pending | null} */
  #pending = null;
  #discovering = false;
  /** @type {import('@stripe/terminal-js').SimulatorConfiguration} */
  #simulation = {};
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #watch;
  /** @type {string | null} the intent or charge whose card the reader holds for the next step */
  #held = null;

  /**
   * @param {any} props what was given to `StripeTerminal.create`
   * @param {string} baseUrl
   */
  constructor(props, baseUrl) {
    this.#props = props;
    this.#session = new Session(props.onFetchConnectionToken, baseUrl, (line) => this.#log(line));
  }

  // Discovery and connection -----------------------------------------------------------------------------------

  getConnectionStatus() {
    return this.#connection;
  }

  getPaymentStatus() {
    return this.#payment;
  }

  getConnectedReader() {
    return this.#reader;
  }

  /** @param {any} [config] */
  discoverReaders(config = {}) {
    return this.#guard(async () => {
      object(config, 'discoverReaders', 'config');
      if (this.#discovering) {
        throw new TerminalError('discovery_already_running', 'discoverReaders is running already.');
      }
      if (config.method && config.method !== 'internet') {
        throw new TerminalError('invalid_argument', 'discoverReaders knows one method: internet.');
      }
      if (config.simulated) return {discoveredReaders: [SIMULATOR]};
      this.#discovering = true;
      try {
        const {location, device_type} = config;
        const page = await this.#session.get('/readers', {location, device_type, limit: READERS_MAX});
        if (page.has_more) {
          throw new TerminalError(
            'discovery_too_many_readers',
            `There are more than ${READERS_MAX} readers. Discover those of one location.`,
          );
        }
        return {discoveredReaders: page.data};
      } finally {
        this.#discovering = false;
      }
    });
  }

  /**
   * @param {any} reader
   * @param {any} [options]
   */
  connectReader(reader, options = {}) {
    return this.#guard(async () => {
      if (typeof reader?.id !== 'string' || reader.id === '') {
        throw new TerminalError('invalid_reader_shape', 'connectReader takes a reader, as discoverReaders gives it.');
      }
      object(options, 'connectReader', 'options');
      if (this.#connection === 'connected') {
        throw new TerminalError('already_connected', `Already connected to ${this.#reader.label}. Disconnect first.`);
      }
      if (this.#connection === 'connecting') {
        throw new TerminalError('command_already_in_progress', 'connectReader is in progress already.');
      }
      this.#setConnection('connecting');
      try {
        let id = reader.id;
        if (id === SIMULATOR.id) id = (await this.#session.post('/simulator')).id;
        const params = {fail_if_in_use: options.fail_if_in_use === true};
        const held = await this.#session.post(`/readers/${encodeURIComponent(id)}/connect`, params);
        this.#readerId = id;
        this.#reader = reader.id === SIMULATOR.id ? {...held.reader, id: SIMULATOR.id} : held.reader;
      } catch (error) {
        this.#setConnection('not_connected');
        throw error;
      }
      this.#simulation = {};
      this.#held = null;
      this.#setConnection('connected');
      this.#setPayment('ready');
      this.#watch = setInterval(() => void this.#look(), WATCH_MS);
      return {reader: this.#reader};
    });
  }

  disconnectReader() {
    return this.#guard(async () => {
      if (this.#connection !== 'connected') return {};
      const id = this.#readerId;
      const pending = this.#pending;
      if (pending) pending.canceled = true;
      this.#letGo();
      try {
        await this.#session.post(`/readers/${id}/disconnect`);
      } catch (error) {
        if (!(error instanceof ReaderError)) throw error;
      }
      return {};
    });
  }

  clearCachedCredentials() {
    return this.#guard(async () => {
      this.#session.forget();
      return {};
    });
  }

  /** @param {string} url */
  overrideBaseURL(url) {
    if (typeof url !== 'string') throw new TypeError('overrideBaseURL takes a URL.');
    this.#session.baseUrl = url.replace(/\/+$/, '');
    this.#session.forget();
  }

  // Payments ---------------------------------------------------------------------------------------------------

  /**
   * @param {any} clientSecret
   * @param {any} [options]
   */
  collectPaymentMethod(clientSecret, options = {}) {
    return this.#guard(async () => {
      const intent = idOf(clientSecret, 'pi', 'invalid_payment_intent_client_secret');
      object(options, 'collectPaymentMethod', 'options');
      const config = options.config_override ?? {};
      object(config, 'collectPaymentMethod', 'config_override');
      const params = {payment_intent: intent, client_secret: clientSecret, collect_config: this.#collecting(config)};
      return this.#command('collectPaymentMethod', 'waiting_for_input', async (pending) => {
        const begun = await this.#begin(pending, 'collect_payment_method', params, 'payment');
        const collected = await this.#end(pending, begun, () => this.#intent('payment_intents', intent, clientSecret));
        this.#held = intent;
        const paymentIntent = await this.#intent('payment_intents', intent, clientSecret);
        return {paymentIntent: {...paymentIntent, sdk_payment_details: collected.payment_method}};
      });
    });
  }

  cancelCollectPaymentMethod() {
    return this.#cancel('collectPaymentMethod', 'no_active_collect_payment_method_attempt');
  }

  /**
   * @param {any} paymentIntent
   * @param {any} [options]
   */
  processPayment(paymentIntent, options = {}) {
    return this.#guard(async () => {
      const secret = paymentIntent?.client_secret;
      const intent = idOf(secret, 'pi', 'invalid_payment_intent_input_shape');
      object(options, 'processPayment', 'options');
      const config = options.config_override ?? {};
      object(config, 'processPayment', 'config_override');
      if (config.surcharge || config.amount_surcharge) {
        throw new TerminalError('invalid_argument', 'Surcharges are not offered: put them into the amount.');
      }
      return this.#command('processPayment', 'processing', async (pending) => {
        const look = () => this.#intent('payment_intents', intent, secret);
        try {
          const begun = await this.#beginProcessing(pending, intent, secret, config.return_url ?? undefined);
          if (begun !== null) await this.#end(pending, begun, look);
          return {paymentIntent: await look()};
        } finally {
          this.#held = null;
          this.#simulation = {};
        }
      });
    });
  }

  cancelProcessPayment() {
    return this.#cancel('processPayment', 'cancelable_already_completed');
  }

  /**
   * Charge the card that the reader holds. If it holds none, the payment may have been made by a request whose answer
   * was lost: then it is looked up, and only if it was not made the reader asks for the card again.
   *
   * @param {Pending} pending
   * @param {string} intent
   * @param {string} secret
   * @param {string | undefined} returnUrl
   * @returns {Promise<import('./types.js').PosReader | null>} null if the payment was made already
   */
  async #beginProcessing(pending, intent, secret, returnUrl) {
    const known = {payment_intent: intent, client_secret: secret};
    if (this.#held === intent) {
      const params = {...known, confirm_config: returnUrl ? {return_url: returnUrl} : undefined};
      try {
        return await this.#begin(pending, 'confirm_payment_intent', params, 'confirmation');
      } catch (error) {
        if (!(error instanceof TerminalError) || error.code !== 'intent_invalid_state') throw error;
      }
    }
    const now = await this.#intent('payment_intents', intent, secret);
    if (now.status === 'requires_capture' || now.status === 'succeeded') return null;
    if (now.status !== 'requires_confirmation') {
      throw new TerminalError('illegal_state', `This payment is ${now.status}: collect a payment method first.`, {
        payment_intent: now,
      });
    }
    const config = returnUrl ? {return_url: returnUrl} : undefined;
    return this.#begin(pending, 'process_payment_intent', {...known, process_config: config}, 'payment');
  }

  /** @param {any} config `config_override` of collectPaymentMethod */
  #collecting(config) {
    const eligible = config.tipping?.eligible_amount ?? null;
    if (eligible !== null && (!Number.isInteger(eligible) || eligible < 0)) {
      throw new TerminalError('invalid_argument', 'tipping.eligible_amount must be an integer of 0 or more.');
    }
    if (eligible > 0 && config.skip_tipping) {
      throw new TerminalError('invalid_argument', 'tipping.eligible_amount makes no sense with skip_tipping.');
    }
    if (config.update_payment_intent && config.payment_intent_id === '') {
      throw new TerminalError('invalid_argument', 'payment_intent_id must name a PaymentIntent.');
    }
    return {
      allow_redisplay: config.allow_redisplay,
      enable_customer_cancellation:
        config.enable_customer_cancellation ?? this.#props.readerBehavior?.allowCustomerCancel,
      moto: config.moto === true ? true : undefined,
      skip_tipping: config.skip_tipping === true || eligible === 0 ? true : undefined,
      tipping: eligible > 0 ? {amount_eligible: eligible} : undefined,
    };
  }

  // Cards to save ----------------------------------------------------------------------------------------------

  /**
   * @param {any} clientSecret
   * @param {any} allowRedisplay
   * @param {any} [config]
   */
  collectSetupIntentPaymentMethod(clientSecret, allowRedisplay, config = null) {
    return this.#guard(async () => {
      const intent = idOf(clientSecret, 'seti', 'invalid_argument');
      const allowed = allowRedisplay === true ? 'always' : allowRedisplay;
      if (!['always', 'limited', 'unspecified'].includes(allowed)) {
        throw new TerminalError('invalid_argument', 'allow_redisplay must be always, limited or unspecified.');
      }
      const params = {
        setup_intent: intent,
        client_secret: clientSecret,
        allow_redisplay: allowed,
        process_config: {enable_customer_cancellation: config?.enable_customer_cancellation},
        moto: config?.moto === true ? true : undefined,
      };
      return this.#command('collectSetupIntentPaymentMethod', 'waiting_for_input', async (pending) => {
        const begun = await this.#begin(pending, 'collect_setup_intent_payment_method', params, 'setup');
        await this.#end(pending, begun);
        this.#held = intent;
        return {setupIntent: await this.#intent('setup_intents', intent, clientSecret)};
      });
    });
  }

  cancelCollectSetupIntentPaymentMethod() {
    return this.#cancel('collectSetupIntentPaymentMethod', 'cancelable_already_completed');
  }

  /** @param {any} setupIntent */
  confirmSetupIntent(setupIntent) {
    return this.#guard(async () => {
      const secret = setupIntent?.client_secret;
      const intent = idOf(secret, 'seti', 'invalid_argument');
      return this.#command('confirmSetupIntent', 'processing', async (pending) => {
        try {
          const params = {setup_intent: intent, client_secret: secret};
          await this.#end(pending, await this.#begin(pending, 'confirm_setup_intent', params, 'confirmation'));
          return {setupIntent: await this.#intent('setup_intents', intent, secret)};
        } finally {
          this.#held = null;
          this.#simulation = {};
        }
      });
    });
  }

  cancelConfirmSetupIntent() {
    return this.#cancel('confirmSetupIntent', 'cancelable_already_completed');
  }

  /** @param {any} [options] */
  readReusableCard(options = {}) {
    return this.#guard(async () => {
      object(options, 'readReusableCard', 'options');
      return this.#command('readReusableCard', 'waiting_for_input', async (pending) => {
        const begun = await this.#begin(pending, 'read_reusable_card', {customer: options.customer}, 'setup');
        const done = await this.#end(pending, begun);
        const made = action(done)?.process_setup_intent?.generated_card;
        return {payment_method: await this.#session.get(`/payment_methods/${made}`)};
      });
    });
  }

  cancelReadReusableCard() {
    return this.#cancel('readReusableCard', 'no_active_read_reusable_card_attempt');
  }

  // Money back -------------------------------------------------------------------------------------------------

  /**
   * @param {any} charge
   * @param {any} amount
   * @param {any} currency
   * @param {any} [options]
   * @param {any} [config]
   */
  collectRefundPaymentMethod(charge, amount, currency, options = {}, config = {}) {
    return this.#guard(async () => {
      if (typeof charge !== 'string' || !/^(ch|py)_\w+$/.test(charge)) {
        throw new TerminalError('invalid_charge_id_input_shape', 'collectRefundPaymentMethod takes the id of a charge.');
      }
      if (!Number.isInteger(amount) || amount < 1) {
        throw new TerminalError('invalid_argument', 'The amount of a refund is an integer of 1 or more.');
      }
      const params = {
        charge,
        amount,
        currency,
        refund_application_fee: options?.refund_application_fee,
        reverse_transfer: options?.reverse_transfer,
        refund_payment_config: {enable_customer_cancellation: config?.enable_customer_cancellation},
      };
      return this.#command('collectRefundPaymentMethod', 'waiting_for_input', async (pending) => {
        await this.#end(pending, await this.#begin(pending, 'collect_refund_payment_method', params, 'refund'));
        this.#held = charge;
        return {};
      });
    });
  }

  cancelCollectRefundPaymentMethod() {
    return this.#cancel('collectRefundPaymentMethod', 'cancelable_already_completed');
  }

  processRefund() {
    return this.#guard(async () => {
      this.#connected();
      if (this.#held === null || this.#held.startsWith('pi_') || this.#held.startsWith('seti_')) {
        throw new TerminalError('illegal_state', 'Call collectRefundPaymentMethod first.');
      }
      return this.#command('processRefund', 'processing', async (pending) => {
        try {
          const done = await this.#end(pending, await this.#begin(pending, 'process_refund', {}, 'confirmation'));
          return {refund: await this.#session.get(`/refunds/${action(done)?.refund_payment?.refund}`)};
        } finally {
          this.#held = null;
          this.#simulation = {};
        }
      });
    });
  }

  cancelProcessRefund() {
    return this.#cancel('processRefund', 'cancelable_already_completed');
  }

  // The screen, the forms, the printer -------------------------------------------------------------------------

  /** @param {any} request */
  setReaderDisplay(request) {
    return this.#guard(async () => {
      if (request?.type !== 'cart' || typeof request.cart !== 'object' || request.cart === null) {
        throw new TerminalError('invalid_argument', 'setReaderDisplay takes {type: "cart", cart: {…}}.');
      }
      const {currency, line_items, tax, total} = request.cart;
      return this.#command('setReaderDisplay', this.#payment, async (pending) => {
        await this.#begin(pending, 'set_reader_display', {type: 'cart', cart: {currency, line_items, tax, total}}, 'none');
        return {};
      });
    });
  }

  clearReaderDisplay() {
    return this.#guard(() =>
      this.#command('clearReaderDisplay', this.#payment, async (pending) => {
        await this.#begin(pending, 'cancel_action', {}, 'none');
        this.#held = null;
        return {};
      }),
    );
  }

  /** @param {any} parameters */
  collectInputs(parameters) {
    return this.#guard(async () => {
      const inputs = asked(parameters);
      return this.#command('collectInputs', 'waiting_for_input', async (pending) => {
        const done = await this.#end(pending, await this.#begin(pending, 'collect_inputs', {inputs}, 'inputs'));
        return entered(action(done)?.collect_inputs?.inputs ?? []);
      });
    });
  }

  cancelCollectInputs() {
    return this.#cancel('collectInputs', 'cancelable_already_completed');
  }

  /** @param {any} content */
  print(content) {
    return this.#guard(async () => {
      if (typeof content?.toBlob !== 'function') {
        throw new TerminalError('invalid_argument', 'print takes an HTMLCanvasElement.');
      }
      /** @type {Blob | null} */
      const picture = await new Promise((resolve) => content.toBlob(resolve, 'image/png'));
      if (picture === null) throw new TerminalError('invalid_argument', 'The canvas is empty.');
      const body = new FormData();
      body.set('type', 'image');
      body.set('image', picture, 'content.png');
      return this.#command('print', this.#payment, async (pending) => {
        await this.#end(pending, await this.#begin(pending, 'print_content', body, 'none'));
        return {};
      });
    });
  }

  getReaderSettings() {
    return this.#guard(async () => {
      this.#connected();
      return this.#session.get(`/readers/${this.#readerId}/settings`);
    });
  }

  /** @param {any} request */
  setReaderSettings(request) {
    return this.#guard(async () => {
      this.#connected();
      const speakers = request?.accessibility_parameters?.enableTextToSpeechSpeakers;
      if (typeof speakers !== 'boolean') {
        throw new TerminalError(
          'invalid_argument',
          'setReaderSettings takes {accessibility_parameters: {enableTextToSpeechSpeakers: true or false}}.',
        );
      }
      const params = {accessibility_parameters: {enable_text_to_speech_speakers: speakers}};
      return this.#session.post(`/readers/${this.#readerId}/settings`, params);
    });
  }

  // The simulator ----------------------------------------------------------------------------------------------

  /** @param {any} config */
  setSimulatorConfiguration(config) {
    if (this.#simulated) this.#simulation = known(config);
  }

  getSimulatorConfiguration() {
    return {...this.#simulation};
  }

  get #simulated() {
    return this.#connection === 'connected' && this.#reader.id === SIMULATOR.id;
  }

  /**
   * Be the customer of the simulated reader, a moment later. Whatever becomes of it shows in the action.
   *
   * @param {Pending} pending
   * @param {Purpose} purpose
   */
  async #simulateCustomer(pending, purpose) {
    await pause(SIMULATED_CUSTOMER_MS);
    if (this.#pending !== pending || pending.canceled) return;
    const [helper, params] =
      purpose === 'payment' || purpose === 'setup' || purpose === 'refund'
        ? ['present_payment_method', presentment(this.#simulation, purpose)]
        : inputCollection(this.#simulation);
    try {
      await this.#session.post(`/readers/${this.#readerId}/${helper}`, params);
    } catch (error) {
      pending.spoiled = error;
    }
  }

  // Commands ---------------------------------------------------------------------------------------------------

  #connected() {
    if (this.#connection !== 'connected') {
      throw new TerminalError('no_established_connection', 'No reader is connected. Call connectReader first.');
    }
  }

  /**
   * Run a command, the only one at its time.
   *
   * @template T
   * @param {string} name
   * @param {string} status the payment status meanwhile
   * @param {(pending: Pending) => Promise<T>} run
   * @returns {Promise<T>}
   */
  async #command(name, status, run) {
    this.#connected();
    if (this.#pending) {
      throw new TerminalError('command_already_in_progress', `${this.#pending.name} is in progress: wait, or cancel it.`);
    }
    /** @type {Pending} */
    const pending = {name, canceled: false, begun: Promise.resolve(), spoiled: null};
    this.#pending = pending;
    this.#setPayment(status);
    try {
      return await run(pending);
    } catch (error) {
      if (pending.canceled) throw new TerminalError('canceled', `${name} was canceled.`);
      throw error;
    } finally {
      if (this.#pending === pending) this.#pending = null;
      if (this.#connection === 'connected') this.#setPayment('ready');
    }
  }

  /**
   * Give the reader something to do.
   *
   * @param {Pending} pending
   * @param {string} command
   * @param {import('./types.js').Params | FormData} params
   * @param {Purpose} purpose
   * @returns {Promise<import('./types.js').PosReader>}
   */
  async #begin(pending, command, params, purpose) {
    const sent = this.#session.post(`/readers/${this.#readerId}/${command}`, params);
    pending.begun = sent.then(
      () => {},
      () => {},
    );
    const begun = await sent;
    const asks = purpose === 'payment' || purpose === 'setup' || purpose === 'refund' || purpose === 'inputs';
    if (this.#simulated && asks && begun.phase === 'waiting') void this.#simulateCustomer(pending, purpose);
    return begun;
  }

  /**
   * Look at the reader until its action has ended, or a card is held for the next step. Throws if it failed.
   *
   * @param {Pending} pending
   * @param {import('./types.js').PosReader} begun
   * @param {() => Promise<unknown>} [intent] looks up the PaymentIntent, for the error
   */
  async #end(pending, begun, intent) {
    const type = action(begun)?.type;
    let seen = begun;
    for (let looked = 0; ; looked += 1) {
      if (seen.phase === 'idle' || action(seen)?.type !== type) {
        if (pending.canceled) throw new TerminalError('canceled', `${pending.name} was canceled.`);
        throw new ReaderError('The reader was given something else to do.');
      }
      if (seen.phase === 'collected' || seen.phase === 'succeeded') return seen;
      if (seen.phase === 'failed') throw failed(action(seen), await intent?.().catch(() => undefined));
      if (pending.spoiled) {
        await this.#session.post(`/readers/${this.#readerId}/cancel_action`).catch(() => undefined);
        throw pending.spoiled;
      }
      await pause(looked < LOOKED_OFTEN ? LOOK_MS : LOOK_LONGER_MS);
      seen = await this.#session.get(`/readers/${this.#readerId}`);
    }
  }

  /**
   * Cancel a command: one that is under way, or one whose card the reader still holds.
   *
   * @param {string} name
   * @param {string} otherwise the code if there is nothing to cancel
   */
  #cancel(name, otherwise) {
    return this.#guard(async () => {
      this.#connected();
      const pending = this.#pending;
      if (pending?.name !== name) {
        if (pending === null && this.#held !== null && name.startsWith('collect')) {
          await this.#session.post(`/readers/${this.#readerId}/cancel_action`);
          this.#held = null;
          return {};
        }
        throw new TerminalError(otherwise, `${name} is not in progress.`);
      }
      if (pending.canceled) throw new TerminalError('cancelable_already_canceled', `${name} was canceled already.`);
      pending.canceled = true;
      await pending.begun;
      try {
        await this.#session.post(`/readers/${this.#readerId}/cancel_action`);
      } catch (error) {
        pending.canceled = false;
        if (error instanceof ReaderError && !error.lost) {
          throw new TerminalError('cancelable_already_completed', `${name} cannot be canceled any more.`);
        }
        throw error;
      }
      return {};
    });
  }

  /**
   * @param {'payment_intents' | 'setup_intents'} kind
   * @param {string} id
   * @param {string} secret
   */
  #intent(kind, id, secret) {
    return this.#session.get(`/${kind}/${id}`, {client_secret: secret});
  }

  // States -----------------------------------------------------------------------------------------------------

  /** See whether the reader is still ours, while nothing else would tell. */
  async #look() {
    if (this.#pending || this.#connection !== 'connected') return;
    const id = this.#readerId;
    try {
      const seen = await this.#session.get(`/readers/${id}`);
      if (seen.reader.status === 'offline') this.#lose(new ReaderError('The reader is offline.', {}, true));
    } catch (error) {
      if (error instanceof ReaderError && error.lost && id === this.#readerId) this.#lose(error);
    }
  }

  #letGo() {
    clearInterval(this.#watch);
    this.#reader = null;
    this.#readerId = '';
    this.#held = null;
    this.#pending = null;
    this.#setPayment('not_ready');
    this.#setConnection('not_connected');
  }

  /** @param {TerminalError} error */
  #lose(error) {
    if (this.#connection !== 'connected') return;
    this.#letGo();
    this.#tell('onUnexpectedReaderDisconnect', {error: error.exposed()});
  }

  /** @param {string} status */
  #setConnection(status) {
    if (status === this.#connection) return;
    this.#connection = status;
    this.#tell('onConnectionStatusChange', {status});
  }

  /** @param {string} status */
  #setPayment(status) {
    if (status === this.#payment) return;
    this.#payment = status;
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

  /**
   * The result of `run`, or `{error}`: promises of the SDK never reject.
   *
   * @template T
   * @param {() => Promise<T>} run
   * @returns {Promise<any>}
   */
  async #guard(run) {
    try {
      return await run();
    } catch (error) {
      if (error instanceof ReaderError && error.lost) this.#lose(error);
      if (error instanceof TerminalError) {
        this.#log(`${error.code}: ${error.message}`);
        return {error: error.exposed()};
      }
      const message = error instanceof Error ? error.message : String(error);
      return {error: {code: 'rpc_error', message: `The SDK failed: ${message}`}};
    }
  }

  /** @param {string} line */
  #log(line) {
    if (this.#props.logLevel === 'verbose') console.info(`[terminal] ${line}`);
  }
}

/** @typedef {'payment' | 'setup' | 'refund' | 'inputs' | 'confirmation' | 'none'} Purpose what a customer is asked for */

/**
 * @param {import('./types.js').PosReader} held
 * @returns {any}
 */
function action(held) {
  return held.reader.action;
}

/**
 * The id in a client secret. Throws TerminalError with `code`.
 *
 * @param {unknown} secret
 * @param {'pi' | 'seti'} prefix
 * @param {string} code
 */
function idOf(secret, prefix, code) {
  const found = typeof secret === 'string' ? /^((?:pi|seti)_\w+)_secret_\w+$/.exec(secret) : null;
  if (found === null || !found[1].startsWith(`${prefix}_`)) {
    const what = prefix === 'pi' ? 'PaymentIntent' : 'SetupIntent';
    throw new TerminalError(code, `This is not the client secret of a ${what} (${prefix}_…_secret_…), or not an object that has it.`);
  }
  return found[1];
}

/**
 * @param {unknown} value
 * @param {string} method
 * @param {string} argument
 */
function object(value, method, argument) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TerminalError('invalid_argument', `${method}: ${argument} must be an object.`);
  }
}
