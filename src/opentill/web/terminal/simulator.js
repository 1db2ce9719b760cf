// @ts-check
/**
 * The customer of the simulated reader: which card is presented, what is tipped, how forms are filled in.
 */

/** Test cards by the names of `testPaymentMethod` (guide "Testing", simulated test cards). */
export const TEST_CARDS = new Map([
  ['visa', '4242424242424242'],
  ['visa_debit', '4000056655665556'],
  ['mastercard', '5555555555554444'],
  ['mastercard_debit', '5200828282828210'],
  ['mastercard_prepaid', '5105105105105100'],
  ['amex', '378282246310005'],
  ['amex2', '371449635398431'],
  ['discover', '6011111111111117'],
  ['discover2', '6011000990139424'],
  ['diners', '3056930009020004'],
  ['diners_14digits', '36227206271667'],
  ['jcb', '3566002020360505'],
  ['unionpay', '6200000000000005'],
  ['interac', '4506445006931933'],
  ['eftpos_au_debit', '6280000360000978'],
  ['eftpos_au_visa_debit', '4000050360000001'],
  ['eftpos_au_mastercard_debit', '5555050360000080'],
  ['girocard_debit', '4711009900000316877'],
  ['cartes_bancaires_visa_debit', '4000002500001001'],
  ['cartes_bancaires_mastercard_debit', '5555552500001001'],
  ['offline_pin_cvm', '4001007020000002'],
  ['offline_pin_sca_retry', '4000008260000075'],
  ['online_pin_cvm', '4001000360000005'],
  ['online_pin_sca_retry', '4000002760000008'],
  ['charge_declined', '4000000000000002'],
  ['charge_declined_insufficient_funds', '4000000000009995'],
  ['charge_declined_lost_card', '4000000000009987'],
  ['charge_declined_stolen_card', '4000000000009979'],
  ['charge_declined_expired_card', '4000000000000069'],
  ['charge_declined_processing_error', '4000000000000119'],
  ['refund_fail', '4000000000005126'],
]);

const KEYS = ['collectInputsResult', 'paymentMethodType', 'testCardNumber', 'testPaymentMethod', 'tipAmount'];

/** @typedef {import('@stripe/terminal-js').SimulatorConfiguration} SimulatorConfiguration */

/**
 * A configuration with the keys that mean something, and no others.
 *
 * @param {any} config
 * @returns {SimulatorConfiguration}
 */
export function known(config) {
  /** @type {Record<string, unknown>} */
  const kept = {};
  for (const key of KEYS) if (config?.[key] !== undefined) kept[key] = config[key];
  return kept;
}

/**
 * What `present_payment_method` is sent for a card.
 *
 * @param {SimulatorConfiguration} config
 * @param {'payment' | 'setup' | 'refund'} purpose
 */
export function presentment(config, purpose) {
  const named = config.testPaymentMethod ? TEST_CARDS.get(config.testPaymentMethod) : undefined;
  const number = config.testCardNumber || named || null;
  const isInterac = config.paymentMethodType === 'interac_present' || number === TEST_CARDS.get('interac');
  /** @type {import('./types.js').Params} */
  const params = {};
  if (isInterac || purpose === 'refund') {
    Object.assign(params, {type: 'interac_present', interac_present: number ? {number} : null});
  } else if (number) {
    Object.assign(params, {type: 'card_present', card_present: {number}});
  }
  if (purpose === 'payment' && config.tipAmount) params.amount_tip = config.tipAmount;
  return params;
}

/**
 * Which test helper fills in the forms, and with what.
 *
 * @param {SimulatorConfiguration} config
 * @returns {[string, import('./types.js').Params]}
 */
export function inputCollection(config) {
  const result = /** @type {{resultType?: string, skipBehavior?: string}} */ (config.collectInputsResult ?? {});
  if (result.resultType === 'timeout') return ['timeout_input_collection', {}];
  return ['succeed_input_collection', {skip_non_required_inputs: result.skipBehavior === 'all' ? 'all' : 'none'}];
}
