// @ts-check
/**
 * What the app hands in: checked here, before anything is asked of the server, and said in the API's words.
 */

import {TerminalError} from './errors.js';

/** @param {string} message */
export const invalid = (message) => new TerminalError('invalid_argument', message);

/**
 * The id in a client secret. Throws TerminalError with `code`.
 *
 * @param {unknown} secret
 * @param {'pi' | 'seti'} prefix
 * @param {string} code
 */
export function idOf(secret, prefix, code) {
  const found = typeof secret === 'string' ? /^((?:pi|seti)_\w+)_secret_\w+$/.exec(secret) : null;
  if (found === null || !found[1].startsWith(`${prefix}_`)) {
    const what = prefix === 'pi' ? 'PaymentIntent' : 'SetupIntent';
    const message = `This is not the client secret of a ${what} (${prefix}_…_secret_…), or not an object that has it.`;
    throw new TerminalError(code, message);
  }
  return found[1];
}

/**
 * An object or nothing, for options. Throws TerminalError for anything else.
 *
 * @param {unknown} value
 * @param {string} method
 * @param {string} argument
 * @returns {Record<string, any>}
 */
export function options(value, method, argument) {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid(`${method}: ${argument} must be an object.`);
  return value;
}

/** @typedef {{enable_customer_cancellation?: boolean | null}} Cancellation documented, but not in the types */

/**
 * How a card is collected: `collect_config` of the API for the `config_override` of the app.
 *
 * @param {import('@stripe/terminal-js').ICollectConfig & Cancellation} config
 * @param {string} intent the PaymentIntent's id
 * @param {boolean | undefined} mayCancel what applies where the app does not say
 */
export function collecting(config, intent, mayCancel) {
  const eligible = config.tipping?.eligible_amount ?? null;
  if (eligible !== null && (!Number.isInteger(eligible) || eligible < 0)) {
    throw invalid('tipping.eligible_amount must be an integer of 0 or more.');
  }
  const tips = eligible ?? 0;
  if (tips > 0 && config.skip_tipping) throw invalid('tipping.eligible_amount makes no sense with skip_tipping.');
  if (config.payment_intent_id && config.payment_intent_id !== intent) {
    throw invalid('payment_intent_id names another PaymentIntent than the client secret.');
  }
  if (config.surcharge_notice) throw invalid('surcharge_notice: surcharges are not offered.');
  if (config.request_dynamic_currency_conversion) {
    throw invalid('request_dynamic_currency_conversion: currencies are not converted.');
  }
  return {
    allow_redisplay: config.allow_redisplay,
    enable_customer_cancellation: config.enable_customer_cancellation ?? mayCancel,
    moto: config.moto === true ? true : undefined,
    skip_tipping: config.skip_tipping === true || eligible === 0 ? true : undefined,
    tipping: tips > 0 ? {amount_eligible: tips} : undefined,
  };
}
