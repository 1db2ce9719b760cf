// @ts-check
/**
 * `sdk_payment_details`: the card that was collected, in the words of the SDK's own older types.
 */

/** @type {Record<string, string>} */
const BRANDS = {
  amex: 'AMERICAN_EXPRESS',
  diners: 'DINERS',
  discover: 'DISCOVER',
  jcb: 'JCB',
  mastercard: 'MASTERCARD',
  unionpay: 'CUP',
  visa: 'VISA',
};

/** @type {Record<string, string>} */
const ENTRY_METHODS = {
  contact_emv: 'CHIP_READ',
  contactless_emv: 'CONTACTLESS',
  contactless_magstripe_mode: 'CONTACTLESS',
  magnetic_stripe_fallback: 'FSWIPE',
  magnetic_stripe_track2: 'SWIPED',
};

/**
 * @param {any} method the PaymentMethod, or null if the app did not ask for it
 */
export function paymentDetails(method) {
  const card = method?.card_present ?? method?.interac_present;
  if (!card) return {};
  const [month, year] = [String(card.exp_month).padStart(2, '0'), String(card.exp_year).slice(-2)];
  return {
    card_payment: {
      masked_pan: `************${card.last4}`,
      expiration_date: `${month}/${year}`,
      card_brand: BRANDS[card.brand] ?? 'UNKNOWN_CREDIT',
      card_entry_method: ENTRY_METHODS[card.read_method] ?? 'INVALID_ENTRY_METHOD',
    },
  };
}
