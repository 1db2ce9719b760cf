/** Wrong use: each line marked so must not compile against our implementation, or the compiler complains of the mark. */

import type {Terminal} from '@sdk/terminal.js';
import {StripeTerminal} from '@sdk/index.js';
import type {ISdkManagedPaymentIntent, ISetupIntent, Reader} from '@stripe/terminal-js';

declare const terminal: Terminal;
declare const reader: Reader;
declare const collected: ISdkManagedPaymentIntent;
declare const setup: ISetupIntent;

// Handlers.
// @ts-expect-error: without onFetchConnectionToken
StripeTerminal.create({});
// @ts-expect-error: a token is a string
StripeTerminal.create({onFetchConnectionToken: async () => ({secret: 'pst_test_1'})});
// @ts-expect-error: a token is promised
StripeTerminal.create({onFetchConnectionToken: () => 'pst_test_1'});
// @ts-expect-error: a handler is a function
StripeTerminal.create({onFetchConnectionToken: async () => '', onPaymentStatusChange: 'log'});
// @ts-expect-error: there is no such option
StripeTerminal.create({onFetchConnectionToken: async () => '', onReaderFound: () => {}});

// Discovery and connection.
// @ts-expect-error: there is one method of discovery
terminal.discoverReaders({method: 'bluetooth'});
// @ts-expect-error: an option of another SDK
terminal.discoverReaders({simulate: true});
// @ts-expect-error: a reader, not its id
terminal.connectReader('tmr_1');
// @ts-expect-error: a boolean
terminal.connectReader(reader, {fail_if_in_use: 'yes'});
// @ts-expect-error: a URL, as a string
terminal.overrideBaseURL(new URL('http://127.0.0.1'));

// Payments.
// @ts-expect-error: the client secret, not the intent
terminal.collectPaymentMethod(collected);
// @ts-expect-error: options go into config_override
terminal.collectPaymentMethod('pi_1_secret_1', {skip_tipping: true});
// @ts-expect-error: an amount is a number
terminal.collectPaymentMethod('pi_1_secret_1', {config_override: {tipping: {eligible_amount: '10.00'}}});
// @ts-expect-error: the value of an enum, not any string
terminal.collectPaymentMethod('pi_1_secret_1', {config_override: {allow_redisplay: 'sometimes'}});
// @ts-expect-error: what collectPaymentMethod gave, not the client secret
terminal.processPayment('pi_1_secret_1');
// @ts-expect-error: what collectPaymentMethod gave, not a SetupIntent
terminal.processPayment(setup);
// @ts-expect-error: the result may be an error
terminal.processPayment(collected).then((result) => result.paymentIntent.id);
// @ts-expect-error: cancellations take nothing
terminal.cancelCollectPaymentMethod('pi_1');

// Cards to save, money to give back.
// @ts-expect-error: whether the card may be shown again must be said
terminal.collectSetupIntentPaymentMethod('seti_1_secret_1');
// @ts-expect-error: what collectSetupIntentPaymentMethod gave
terminal.confirmSetupIntent('seti_1_secret_1');
// @ts-expect-error: the id of a customer
terminal.readReusableCard({customer: 7});
// @ts-expect-error: an amount in minor units
terminal.collectRefundPaymentMethod('ch_1', '5.00', 'cad');
// @ts-expect-error: with its currency
terminal.collectRefundPaymentMethod('ch_1', 500);
// @ts-expect-error: of what was collected
terminal.processRefund('ch_1');

// The screen, the forms, the printer.
// @ts-expect-error: lines are a list
terminal.setReaderDisplay({type: 'cart', cart: {line_items: 'Tea', total: 300, currency: 'usd'}});
// @ts-expect-error: inputs are a list
terminal.collectInputs({inputs: {formType: 'email', title: 'Your email'}});
// @ts-expect-error: a canvas, not what is drawn on it
terminal.print('Thank you');
// @ts-expect-error: a boolean
terminal.setReaderSettings({accessibility_parameters: {enableTextToSpeechSpeakers: 'on'}});
// @ts-expect-error: there is no such method
terminal.retrievePaymentIntent('pi_1_secret_1');
