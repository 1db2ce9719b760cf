// @ts-check
/**
 * The Terminal object that an app works with: its methods, as `@stripe/terminal-js` types them.
 *
 * Each resolves to its result or to `{error}`, and never rejects.
 */

import {collecting, idOf, invalid, options} from './arguments.js';
import {paymentDetails} from './details.js';
import {ReaderError, TerminalError} from './errors.js';
import {asked, entered} from './inputs.js';
import {Link, action} from './link.js';
import {Session} from './session.js';
import {known} from './simulator.js';

/** @typedef {import('@stripe/terminal-js').Terminal} Official */

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

/** @implements {Official} */
export class Terminal {
  /** @type {Session} */
  #session;
  /** @type {Link} */
  #link;
  /** @type {import('@stripe/terminal-js').TerminalProps} */
  #props;
  #discovering = false;

  /**
   * @param {import('@stripe/terminal-js').TerminalProps} props what was given to `StripeTerminal.create`
   * @param {string} baseUrl
   */
  constructor(props, baseUrl) {
    this.#props = props;
    this.#session = new Session(props.onFetchConnectionToken, baseUrl, (line) => this.#log(line));
    this.#link = new Link(this.#session, props);
  }

  // Discovery and connection -----------------------------------------------------------------------------------

  /** @type {Official['getConnectionStatus']} */
  getConnectionStatus() {
    return /** @type {any} */ (this.#link.connection);
  }

  /** @type {Official['getPaymentStatus']} */
  getPaymentStatus() {
    return /** @type {any} */ (this.#link.payment);
  }

  /** @type {Official['getConnectedReader']} */
  getConnectedReader() {
    return this.#link.reader;
  }

  /** @type {Official['discoverReaders']} */
  discoverReaders(config) {
    return this.#answer(async () => {
      const {method, simulated, location, device_type} = options(config, 'discoverReaders', 'config');
      if (this.#discovering) {
        throw new TerminalError('discovery_already_running', 'discoverReaders is running already.');
      }
      if (method && method !== 'internet') throw invalid('discoverReaders knows one method: internet.');
      if (simulated) return {discoveredReaders: [SIMULATOR]};
      this.#discovering = true;
      try {
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

  /** @type {Official['connectReader']} */
  connectReader(reader, connectOptions) {
    return this.#answer(async () => {
      if (typeof reader?.id !== 'string' || reader.id === '') {
        throw new TerminalError('invalid_reader_shape', 'connectReader takes a reader, as discoverReaders gives it.');
      }
      const failIfInUse = options(connectOptions, 'connectReader', 'options').fail_if_in_use === true;
      const simulated = reader.id === SIMULATOR.id;
      const find = async () => (simulated ? (await this.#session.post('/simulator')).id : reader.id);
      await this.#link.connect(find, failIfInUse, simulated);
      if (simulated) this.#link.reader = {...this.#link.reader, id: SIMULATOR.id};
      return {reader: this.#link.reader};
    });
  }

  /** @type {Official['disconnectReader']} */
  disconnectReader() {
    return this.#answer(async () => {
      await this.#link.disconnect();
      return {};
    });
  }

  /** @type {Official['clearCachedCredentials']} */
  clearCachedCredentials() {
    return this.#answer(async () => {
      this.#session.forget();
      return {};
    });
  }

  /** @type {Official['overrideBaseURL']} */
  overrideBaseURL(url) {
    const {origin, pathname} = new URL(url);
    this.#session.baseUrl = (origin + pathname).replace(/\/+$/, '');
    this.#session.forget();
  }

  // Payments ---------------------------------------------------------------------------------------------------

  /** @type {Official['collectPaymentMethod']} */
  collectPaymentMethod(clientSecret, given) {
    return this.#answer(async () => {
      const intent = idOf(clientSecret, 'pi', 'invalid_payment_intent_client_secret');
      const {config_override, tip_configuration} = options(given, 'collectPaymentMethod', 'options');
      if (tip_configuration?.options?.length) {
        throw invalid('tip_configuration: tips are offered by the Configuration of the location.');
      }
      const config = options(config_override, 'collectPaymentMethod', 'config_override');
      const collect_config = collecting(config, intent, this.#props.readerBehavior?.allowCustomerCancel);
      const params = {payment_intent: intent, client_secret: clientSecret, collect_config};
      const look = () => this.#intent('payment_intents', intent, clientSecret);
      return this.#link.command('collectPaymentMethod', 'waiting_for_input', async (pending) => {
        const begun = await this.#link.begin(pending, 'collect_payment_method', params, 'payment');
        const seen = await this.#link.end(pending, begun, look);
        const paymentIntent = await look();
        if (seen.phase !== 'collected') {
          const late = 'The card was read, but its 30 seconds had passed before that was learned. Collect it again.';
          throw new TerminalError('illegal_state', late, {payment_intent: paymentIntent});
        }
        this.#link.held = {command: 'collectPaymentMethod', subject: intent};
        const method = config.update_payment_intent ? seen.payment_method : null;
        const details = {sdk_payment_details: paymentDetails(method)};
        return {paymentIntent: {...paymentIntent, ...(method ? {payment_method: method} : {}), ...details}};
      });
    });
  }

  /** @type {Official['cancelCollectPaymentMethod']} */
  cancelCollectPaymentMethod() {
    return this.#cancel('collectPaymentMethod', 'no_active_collect_payment_method_attempt');
  }

  /** @type {Official['processPayment']} */
  processPayment(paymentIntent, given) {
    return this.#answer(async () => {
      const secret = paymentIntent?.client_secret;
      const intent = idOf(secret, 'pi', 'invalid_payment_intent_input_shape');
      const {config_override} = options(given, 'processPayment', 'options');
      const config = options(config_override, 'processPayment', 'config_override');
      if (config.surcharge || config.amount_surcharge) {
        throw invalid('surcharge: surcharges are not offered. Put them into the amount.');
      }
      const look = () => this.#intent('payment_intents', intent, /** @type {string} */ (secret));
      return this.#link.command('processPayment', 'processing', (pending) =>
        this.#link.using(async () => {
          const params = {payment_intent: intent, client_secret: secret};
          const begun = await this.#beginProcessing(pending, params, config.return_url ?? undefined, look);
          if (begun !== null) await this.#link.end(pending, begun, look);
          return {paymentIntent: await look()};
        }),
      );
    });
  }

  /** @type {Official['cancelProcessPayment']} */
  cancelProcessPayment() {
    return this.#cancel('processPayment', 'cancelable_already_completed');
  }

  /**
   * Charge the card that the reader holds. If it holds none, the payment may have been made by a request whose answer
   * was lost: then it is looked up, and only if it was not made the reader asks for the card again.
   *
   * @param {import('./link.js').Pending} pending
   * @param {{payment_intent: string, client_secret: unknown}} params
   * @param {string | undefined} return_url
   * @param {() => Promise<any>} look
   * @returns {Promise<import('./types.js').PosReader | null>} null if the payment was made already
   */
  async #beginProcessing(pending, params, return_url, look) {
    const config = return_url ? {return_url} : undefined;
    /** @param {import('./types.js').Action} done */
    const same = (done) =>
      (done.confirm_payment_intent ?? done.process_payment_intent)?.payment_intent === params.payment_intent;
    const paid = async () => {
      const now = await look();
      if (now.status === 'requires_capture' || now.status === 'succeeded') return true;
      if (now.status === 'requires_confirmation') return false;
      const message = `This payment is ${now.status}: collect a payment method first.`;
      throw new TerminalError('illegal_state', message, {payment_intent: now});
    };
    const id = params.payment_intent;
    if (this.#link.held?.subject !== id && (await paid())) return null;
    try {
      const confirmation = {...params, confirm_config: config};
      return await this.#link.beginOrJoin(pending, 'confirm_payment_intent', confirmation, 'payment', id, same);
    } catch (error) {
      if (!(error instanceof TerminalError) || error.code !== 'intent_invalid_state') throw error;
    }
    if (await paid()) return null;
    const processing = {...params, process_config: config};
    return this.#link.beginOrJoin(pending, 'process_payment_intent', processing, 'payment', id, same);
  }

  // Cards to save ----------------------------------------------------------------------------------------------

  /**
   * @param {string} clientSecret
   * @param {boolean | import('@stripe/terminal-js').AllowRedisplay} allowRedisplay
   * @param {import('@stripe/terminal-js').ISetupIntentConfig | null} [given]
   * @returns {ReturnType<Official['collectSetupIntentPaymentMethod']>}
   */
  collectSetupIntentPaymentMethod(clientSecret, allowRedisplay, given) {
    return this.#answer(async () => {
      const intent = idOf(clientSecret, 'seti', 'invalid_argument');
      const allow_redisplay = allowRedisplay === true ? 'always' : String(allowRedisplay);
      if (!['always', 'limited', 'unspecified'].includes(allow_redisplay)) {
        throw invalid('allow_redisplay must be always, limited or unspecified.');
      }
      const config = options(given, 'collectSetupIntentPaymentMethod', 'config');
      const params = {
        setup_intent: intent,
        client_secret: clientSecret,
        allow_redisplay,
        process_config: {enable_customer_cancellation: this.#mayCancel(config)},
        moto: config.moto === true ? true : undefined,
      };
      return this.#link.command('collectSetupIntentPaymentMethod', 'waiting_for_input', async (pending) => {
        const begun = await this.#link.begin(pending, 'collect_setup_intent_payment_method', params, 'setup');
        await this.#link.end(pending, begun);
        this.#link.held = {command: 'collectSetupIntentPaymentMethod', subject: intent};
        return {setupIntent: await this.#intent('setup_intents', intent, clientSecret)};
      });
    });
  }

  /** @type {Official['cancelCollectSetupIntentPaymentMethod']} */
  cancelCollectSetupIntentPaymentMethod() {
    return this.#cancel('collectSetupIntentPaymentMethod', 'cancelable_already_completed');
  }

  /** @type {Official['confirmSetupIntent']} */
  confirmSetupIntent(setupIntent) {
    return this.#answer(async () => {
      const secret = /** @type {string} */ (setupIntent?.client_secret);
      const intent = idOf(secret, 'seti', 'invalid_argument');
      /** @param {import('./types.js').Action} done */
      const same = (done) => done.process_setup_intent?.setup_intent === intent;
      const look = () => this.#intent('setup_intents', intent, secret);
      return this.#link.command('confirmSetupIntent', 'processing', (pending) =>
        this.#link.using(async () => {
          const params = {setup_intent: intent, client_secret: secret};
          const begun = await this.#link.beginOrJoin(pending, 'confirm_setup_intent', params, 'setup', intent, same);
          await this.#link.end(pending, begun, look);
          return {setupIntent: await look()};
        }),
      );
    });
  }

  /** @type {Official['cancelConfirmSetupIntent']} */
  cancelConfirmSetupIntent() {
    return this.#cancel('confirmSetupIntent', 'cancelable_already_completed');
  }

  /** @type {Official['readReusableCard']} */
  readReusableCard(given) {
    return this.#answer(async () => {
      const {customer} = options(given, 'readReusableCard', 'options');
      return this.#link.command('readReusableCard', 'waiting_for_input', async (pending) => {
        const begun = await this.#link.begin(pending, 'read_reusable_card', {customer}, 'setup');
        const done = await this.#link.end(pending, begun);
        const made = action(done)?.process_setup_intent?.generated_card;
        if (!made) throw new ReaderError('This card cannot be saved.');
        return {payment_method: await this.#session.get(`/payment_methods/${made}`)};
      });
    });
  }

  /** @type {Official['cancelReadReusableCard']} */
  cancelReadReusableCard() {
    return this.#cancel('readReusableCard', 'no_active_read_reusable_card_attempt');
  }

  // Money back -------------------------------------------------------------------------------------------------

  /**
   * @param {string} charge
   * @param {number} amount
   * @param {string} currency
   * @param {import('@stripe/terminal-js').RefundOptions | null} [given]
   * @param {{enable_customer_cancellation?: boolean | null} | null} [config] documented, but not in the types
   * @returns {ReturnType<Official['collectRefundPaymentMethod']>}
   */
  collectRefundPaymentMethod(charge, amount, currency, given, config) {
    return this.#answer(async () => {
      if (typeof charge !== 'string' || !/^(ch|py)_\w+$/.test(charge)) {
        const message = 'collectRefundPaymentMethod takes the id of a charge.';
        throw new TerminalError('invalid_charge_id_input_shape', message);
      }
      if (!Number.isInteger(amount) || amount < 1) {
        throw invalid('collectRefundPaymentMethod: amount must be an integer of 1 or more.');
      }
      if (typeof currency !== 'string') throw invalid('collectRefundPaymentMethod: currency must be a string.');
      const {refund_application_fee, reverse_transfer} = options(given, 'collectRefundPaymentMethod', 'options');
      const mayCancel = this.#mayCancel(options(config, 'collectRefundPaymentMethod', 'config'));
      const params = {
        charge,
        amount,
        currency,
        refund_application_fee,
        reverse_transfer,
        refund_payment_config: {enable_customer_cancellation: mayCancel},
      };
      return this.#link.command('collectRefundPaymentMethod', 'waiting_for_input', async (pending) => {
        const begun = await this.#link.begin(pending, 'collect_refund_payment_method', params, 'refund');
        await this.#link.end(pending, begun);
        this.#link.held = {command: 'collectRefundPaymentMethod', subject: charge};
        return {};
      });
    });
  }

  /** @type {Official['cancelCollectRefundPaymentMethod']} */
  cancelCollectRefundPaymentMethod() {
    return this.#cancel('collectRefundPaymentMethod', 'cancelable_already_completed');
  }

  /** @type {Official['processRefund']} */
  processRefund() {
    return this.#answer(async () => {
      this.#link.connected();
      const held = this.#link.held;
      if (held?.command !== 'collectRefundPaymentMethod') {
        throw new TerminalError('illegal_state', 'Call collectRefundPaymentMethod first.');
      }
      /** @param {import('./types.js').Action} done */
      const same = (done) => done.refund_payment?.charge === held.subject;
      return this.#link.command('processRefund', 'processing', (pending) =>
        this.#link.using(async () => {
          const begun = await this.#link.beginOrJoin(pending, 'process_refund', {}, 'none', held.subject, same);
          const done = await this.#link.end(pending, begun);
          const refund = await this.#session.get(`/refunds/${action(done)?.refund_payment?.refund}`);
          if (refund.status === 'failed') {
            const {failure_reason, failure_balance_transaction} = refund;
            const why = {failure_reason, failure_balance_transaction};
            throw new TerminalError('refund_failed', 'The refund was made, and has failed since.', why);
          }
          return {refund};
        }),
      );
    });
  }

  /** @type {Official['cancelProcessRefund']} */
  cancelProcessRefund() {
    return this.#cancel('processRefund', 'cancelable_already_completed');
  }

  // The screen, the forms, the printer -------------------------------------------------------------------------

  /** @type {Official['setReaderDisplay']} */
  setReaderDisplay(request) {
    return this.#answer(async () => {
      if (request?.type !== 'cart' || typeof request.cart !== 'object' || request.cart === null) {
        throw invalid('setReaderDisplay takes {type: "cart", cart: {…}}.');
      }
      const {currency, line_items, tax, total} = request.cart;
      const params = {type: 'cart', cart: {currency, line_items, tax, total}};
      return this.#link.command('setReaderDisplay', this.#link.payment, async (pending) => {
        await this.#link.begin(pending, 'set_reader_display', params, 'none');
        this.#link.held = null;
        return {};
      });
    });
  }

  /** @type {Official['clearReaderDisplay']} */
  clearReaderDisplay() {
    return this.#answer(() =>
      this.#link.command('clearReaderDisplay', this.#link.payment, async (pending) => {
        await this.#link.begin(pending, 'cancel_action', {}, 'none');
        this.#link.held = null;
        return {};
      }),
    );
  }

  /** @type {Official['collectInputs']} */
  collectInputs(parameters) {
    return this.#answer(async () => {
      const inputs = asked(parameters);
      return this.#link.command('collectInputs', 'waiting_for_input', async (pending) => {
        const begun = await this.#link.begin(pending, 'collect_inputs', {inputs}, 'inputs');
        this.#link.held = null;
        const results = entered(action(await this.#link.end(pending, begun))?.collect_inputs?.inputs ?? []);
        for (const result of /** @type {any[]} */ (results)) {
          if (result.signatureSvg) {
            result.signatureSvg = await this.#session.get(`/files/${result.signatureSvg}/contents`);
          }
        }
        return results;
      });
    });
  }

  /** @type {Official['cancelCollectInputs']} */
  cancelCollectInputs() {
    return this.#cancel('collectInputs', 'cancelable_already_completed');
  }

  /** @type {Official['print']} */
  print(content) {
    return this.#answer(async () => {
      if (typeof content?.toBlob !== 'function') throw invalid('print takes an HTMLCanvasElement.');
      /** @type {Blob | null} */
      const picture = await new Promise((resolve) => content.toBlob(resolve, 'image/png'));
      if (picture === null) throw invalid('print: the canvas is empty.');
      const body = new FormData();
      body.set('type', 'image');
      body.set('image', picture, 'content.png');
      return this.#link.command('print', this.#link.payment, async (pending) => {
        await this.#link.end(pending, await this.#link.begin(pending, 'print_content', body, 'none'));
        return {};
      });
    });
  }

  /** @type {Official['getReaderSettings']} */
  getReaderSettings() {
    return this.#answer(async () => {
      this.#link.connected();
      return settings(await this.#session.get(`/readers/${this.#link.id}/settings`));
    });
  }

  /** @type {Official['setReaderSettings']} */
  setReaderSettings(request) {
    return this.#answer(async () => {
      this.#link.connected();
      const speakers = request?.accessibility_parameters?.enableTextToSpeechSpeakers;
      if (typeof speakers !== 'boolean') {
        throw invalid('setReaderSettings takes {accessibility_parameters: {enableTextToSpeechSpeakers: boolean}}.');
      }
      const params = {accessibility_parameters: {enable_text_to_speech_speakers: speakers}};
      return settings(await this.#session.post(`/readers/${this.#link.id}/settings`, params));
    });
  }

  // The simulator ----------------------------------------------------------------------------------------------

  /** @type {Official['setSimulatorConfiguration']} */
  setSimulatorConfiguration(config) {
    if (this.#link.simulated) this.#link.simulation = known(config);
  }

  /** @type {Official['getSimulatorConfiguration']} */
  getSimulatorConfiguration() {
    return {...this.#link.simulation};
  }

  // Inside -----------------------------------------------------------------------------------------------------

  /**
   * @param {'payment_intents' | 'setup_intents'} kind
   * @param {string} id
   * @param {string} secret
   */
  #intent(kind, id, secret) {
    return this.#session.get(`/${kind}/${id}`, {client_secret: secret});
  }

  /** Whether the customer sees a cancel button. @param {Record<string, any>} config */
  #mayCancel(config) {
    return config.enable_customer_cancellation ?? this.#props.readerBehavior?.allowCustomerCancel;
  }

  /**
   * @param {string} name the command to cancel
   * @param {string} otherwise the code if there is nothing to cancel
   */
  #cancel(name, otherwise) {
    return this.#answer(async () => {
      await this.#link.cancel(name, otherwise);
      return {};
    });
  }

  /**
   * The result of `run`, or `{error}`.
   *
   * @param {() => Promise<any>} run
   * @returns {Promise<any>}
   */
  async #answer(run) {
    try {
      return await run();
    } catch (error) {
      if (error instanceof ReaderError && error.lost) this.#link.lose(error);
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
    if (String(this.#props.logLevel) === 'verbose') console.info(`[terminal] ${line}`);
  }
}

/** @param {{accessibilitySettings: any}} answered */
function settings({accessibilitySettings}) {
  return {accessibilitySettings};
}
