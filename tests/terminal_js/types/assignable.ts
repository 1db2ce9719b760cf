/** Our implementation stands wherever the official types are asked for, and has nothing that they do not have. */

import {ConnectionStatus, OutputLogLevel, PaymentStatus} from '@stripe/terminal-js';
import type * as official from '@stripe/terminal-js';
import {StripeTerminal} from '@sdk/index.js';
import type {Terminal} from '@sdk/terminal.js';

declare const ours: Terminal;

export const terminal: official.Terminal = ours;
export const create: official.StripeTerminal['create'] = StripeTerminal.create;

type More = Exclude<keyof Terminal, keyof official.Terminal>;
export const nothingMore: [More] extends [never] ? true : More = true;

// The official interface types these three as one value of the enum each; what pages find there is the enum.
type Values<E> = {readonly [K in keyof E]: E[K] extends string ? `${E[K]}` : never};
export const connection: Values<typeof ConnectionStatus> = StripeTerminal.ConnectionStatus;
export const payment: Values<typeof PaymentStatus> = StripeTerminal.PaymentStatus;
export const level: Values<typeof OutputLogLevel> = StripeTerminal.OutputLogLevel;

// An app that was written for the official object compiles with ours in its place.
export function till(fetchConnectionToken: official.FetchConnectionTokenFn): official.Terminal {
  return StripeTerminal.create({
    onFetchConnectionToken: fetchConnectionToken,
    onUnexpectedReaderDisconnect: (event: official.DisconnectEvent) => console.log(event.error?.message),
    onConnectionStatusChange: (event) => console.log(event.status === ConnectionStatus.CONNECTED),
    onPaymentStatusChange: (event) => console.log(event.status === PaymentStatus.READY),
    logLevel: OutputLogLevel.VERBOSE,
    readerBehavior: {allowCustomerCancel: true},
  });
}
