/** Every method, used as the official types want it: this compiles against our implementation. */

import {
  AllowRedisplay,
  FormType,
  SelectionButtonStyle,
  ToggleValue,
  type EmailResult,
  type ErrorResponse,
  type IPaymentIntent,
  type Reader,
  type SelectionInput,
  type SignatureInput,
} from '@stripe/terminal-js';
import type {Terminal} from '@sdk/terminal.js';

export async function connect(terminal: Terminal, location: string): Promise<Reader | null> {
  const found = await terminal.discoverReaders({simulated: false, location, method: 'internet', device_type: 'stripe_s700'});
  if ('error' in found) {
    console.log(found.error.code, found.error.message);
    return null;
  }
  const result = await terminal.connectReader(found.discoveredReaders[0], {fail_if_in_use: true});
  if ('error' in result) return null;
  console.log(terminal.getConnectionStatus(), terminal.getConnectedReader().serial_number);
  return result.reader;
}

export async function sell(terminal: Terminal, clientSecret: string): Promise<IPaymentIntent | ErrorResponse> {
  const collected = await terminal.collectPaymentMethod(clientSecret, {
    config_override: {
      update_payment_intent: true,
      payment_intent_id: 'pi_1',
      skip_tipping: false,
      tipping: {eligible_amount: 1500},
      allow_redisplay: AllowRedisplay.LIMITED,
      moto: false,
    },
  });
  if ('error' in collected) return collected;
  console.log(collected.paymentIntent.sdk_payment_details.card_payment?.card_brand);
  const processed = await terminal.processPayment(collected.paymentIntent, {
    config_override: {return_url: 'https://example.com/after'},
  });
  if ('error' in processed) {
    console.log(processed.error.decline_code, processed.error.payment_intent?.status);
    return processed;
  }
  return processed.paymentIntent;
}

export async function save(terminal: Terminal, clientSecret: string): Promise<string> {
  const collected = await terminal.collectSetupIntentPaymentMethod(clientSecret, AllowRedisplay.ALWAYS, {
    enable_customer_cancellation: true,
  });
  if ('error' in collected) return collected.error.message;
  const confirmed = await terminal.confirmSetupIntent(collected.setupIntent);
  const read = await terminal.readReusableCard({customer: 'cus_1'});
  return 'error' in read || 'error' in confirmed ? '' : (read.payment_method.id ?? confirmed.setupIntent.id);
}

export async function refund(terminal: Terminal): Promise<string | null | undefined> {
  const options = {refund_application_fee: false, reverse_transfer: false};
  const collected = await terminal.collectRefundPaymentMethod('ch_1', 500, 'cad', options);
  if ('error' in collected) return collected.error.code;
  const refunded = await terminal.processRefund();
  return 'error' in refunded ? refunded.error.failure_reason : refunded.refund.status;
}

export async function ask(terminal: Terminal): Promise<string | null | undefined> {
  const size: SelectionInput = {
    formType: FormType.SELECTION,
    title: 'Size',
    required: true,
    selectionButtons: [{style: SelectionButtonStyle.PRIMARY, text: 'Large', id: 'large'}],
    toggles: [{title: 'Bag', description: 'Ten cents', defaultValue: ToggleValue.DISABLED}],
  };
  const sign: SignatureInput = {formType: FormType.SIGNATURE, title: 'Sign', submitButtonText: 'Done', skipButtonText: 'No'};
  const results = await terminal.collectInputs({inputs: [size, sign]});
  if ('error' in results) return results.error.code;
  return (results[0] as EmailResult).email ?? results[0].toggles[0];
}

export async function show(terminal: Terminal, receipt: HTMLCanvasElement): Promise<void> {
  await terminal.setReaderDisplay({
    type: 'cart',
    cart: {line_items: [{description: 'Tea', amount: 300, quantity: 1}], tax: 20, total: 320, currency: 'usd'},
  });
  await terminal.clearReaderDisplay();
  await terminal.print(receipt);
  const settings = await terminal.setReaderSettings({accessibility_parameters: {enableTextToSpeechSpeakers: true}});
  if (!('error' in settings)) console.log(settings.accessibilitySettings);
  console.log(await terminal.getReaderSettings());
}

export async function cancel(terminal: Terminal): Promise<boolean> {
  const ended = await Promise.all([
    terminal.cancelCollectPaymentMethod(),
    terminal.cancelProcessPayment(),
    terminal.cancelCollectSetupIntentPaymentMethod(),
    terminal.cancelConfirmSetupIntent(),
    terminal.cancelReadReusableCard(),
    terminal.cancelCollectRefundPaymentMethod(),
    terminal.cancelProcessRefund(),
    terminal.cancelCollectInputs(),
    terminal.clearCachedCredentials(),
  ]);
  await terminal.disconnectReader();
  return ended.every((result) => !('error' in result));
}

export function simulate(terminal: Terminal): number | null | undefined {
  terminal.overrideBaseURL('http://127.0.0.1:8420');
  terminal.setSimulatorConfiguration({testCardNumber: '4242424242424242', tipAmount: 100});
  return terminal.getSimulatorConfiguration().tipAmount;
}
