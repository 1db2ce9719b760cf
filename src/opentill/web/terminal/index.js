// @ts-check
/**
 * `StripeTerminal`, as pages know it.
 *
 * The server is where this script came from; `overrideBaseURL` names another.
 */

import {TerminalError} from './errors.js';
import {Terminal} from './terminal.js';

const ConnectionStatus = Object.freeze({
  CONNECTING: 'connecting',
  CONNECTED: 'connected',
  NOT_CONNECTED: 'not_connected',
});
const PaymentStatus = Object.freeze({
  NOT_READY: 'not_ready',
  READY: 'ready',
  WAITING_FOR_INPUT: 'waiting_for_input',
  PROCESSING: 'processing',
});
const OutputLogLevel = Object.freeze({NONE: 'none', VERBOSE: 'verbose'});

/** What handlers must be, and the code of one that is not. */
const HANDLERS = Object.freeze({
  onFetchConnectionToken: 'invalid_on_fetch_connection_token',
  onUnexpectedReaderDisconnect: 'invalid_on_unexpected_reader_disconnect',
  onConnectionStatusChange: 'invalid_on_connection_status_change',
  onPaymentStatusChange: 'invalid_on_payment_status_change',
});

const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
const BASE_URL = new URL(script?.src || document.baseURI).origin;

/**
 * A Terminal for this page. Throws an Error with a `code` for handlers that are none.
 *
 * @param {import('@stripe/terminal-js').TerminalProps} props
 */
function create(props) {
  if (typeof props !== 'object' || props === null) {
    throw new TerminalError('invalid_argument', 'StripeTerminal.create takes an object with your handlers.');
  }
  for (const [name, code] of Object.entries(HANDLERS)) {
    const handler = /** @type {any} */ (props)[name] ?? null;
    if (handler === null && name !== 'onFetchConnectionToken') continue;
    if (typeof handler !== 'function') throw new TerminalError(code, `${name} must be a function.`);
  }
  return new Terminal(props, BASE_URL);
}

export const StripeTerminal = Object.freeze({create, ConnectionStatus, PaymentStatus, OutputLogLevel});

/** @type {any} */ (window).StripeTerminal = StripeTerminal;
