// @ts-check
/**
 * What goes wrong, as the app is told: every public method resolves to `{error}` or to its result, never to both.
 */

/** An error with the code that the app sees; thrown inside the SDK, never out of it. */
export class TerminalError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {Record<string, unknown>} [more] further members of the error: type, decline_code, payment_intent, …
   */
  constructor(code, message, more = {}) {
    super(message);
    this.code = code;
    this.more = more;
  }

  /** The error as the app gets it. */
  exposed() {
    return {...this.more, code: this.code, message: this.message};
  }
}

/** Codes of the server that say that this SDK no longer has the reader. */
const LOST = new Set(['terminal_reader_taken_over', 'terminal_reader_not_connected', 'terminal_reader_offline']);

const READER = new Set([
  ...LOST,
  'terminal_reader_in_use',
  'terminal_reader_busy',
  'terminal_reader_hardware_fault',
]);

/** Codes that say that neither the session nor the connection token is good any more. */
const CREDENTIALS = new Set(['pos_session_expired', 'connection_token_expired', 'connection_token_redeemed']);

/** Codes of failed actions that are the app's own, under the names that the SDK gives them. */
const FAILURES = new Map([
  ['customer_canceled', 'canceled_by_customer'],
  ['connection_error', 'network_error'],
  ['collect_inputs_timeout', 'canceled'],
  ['terminal_reader_hardware_fault', 'reader_error'],
  ['terminal_reader_collected_data_invalid', 'reader_error'],
]);

/**
 * The error for a refusal of the server.
 *
 * @param {Record<string, any>} error the `error` member of its answer
 * @param {string | null} requestId
 */
export function refused(error, requestId) {
  const {code, message, type, decline_code, payment_intent, failure_reason, failure_balance_transaction} = error;
  /** @type {Record<string, unknown>} */
  const more = {};
  const given = {type, decline_code, payment_intent, failure_reason, failure_balance_transaction};
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && value !== null) more[name] = value;
  }
  if (requestId) more.request_id = requestId;
  if (READER.has(code)) return new ReaderError(message, more, LOST.has(code));
  if (CREDENTIALS.has(code)) return new TerminalError('authentication_error', message, more);
  if (code === 'terminal_reader_timeout') return new TerminalError('network_timeout', message, more);
  return new TerminalError(code ?? (error.param ? 'invalid_argument' : 'rpc_error'), message, more);
}

/** The reader refused, failed, or is not ours any more (`lost`). */
export class ReaderError extends TerminalError {
  /**
   * @param {string} message
   * @param {Record<string, unknown>} more
   * @param {boolean} lost
   */
  constructor(message, more = {}, lost = false) {
    super('reader_error', message, more);
    this.lost = lost;
  }
}

/** What the reader was made to do has failed there. */
export class ActionFailed extends TerminalError {}

/**
 * The error for an action that failed on the reader.
 *
 * @param {import('./types.js').Action} action
 * @param {unknown} paymentIntent the PaymentIntent as it is now, if it is known
 */
export function failed(action, paymentIntent) {
  const cause = action.api_error ?? {};
  const code = cause.code ?? action.failure_code ?? 'reader_error';
  const message = action.failure_message ?? 'The action failed on the reader.';
  /** @type {Record<string, unknown>} */
  const more = {};
  if (cause.type) more.type = cause.type;
  if (cause.decline_code) more.decline_code = cause.decline_code;
  if (paymentIntent) more.payment_intent = paymentIntent;
  return new ActionFailed(FAILURES.get(code) ?? code, message, more);
}
