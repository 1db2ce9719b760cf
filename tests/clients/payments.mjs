// The official client for Node against our server; run by test_stripe_node.py with the address and a key of its own.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import Stripe from 'stripe';

const { hostname: host, port } = new URL(process.env.OPENTILL_ADDRESS);

function client(options = {}) {
  const key = `sk_test_${randomBytes(12).toString('hex')}`; // each test has an account of its own
  return new Stripe(key, { host, port, protocol: 'http', telemetry: false, ...options });
}

const PAYMENT = {
  amount: 1099,
  currency: 'usd',
  payment_method: 'pm_card_visa',
  confirm: true,
  automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
};

test('a payment, from its creation to its balance transaction', async () => {
  const stripe = client();
  const intent = await stripe.paymentIntents.create({ ...PAYMENT, metadata: { order: '6735' }, expand: ['latest_charge'] });
  assert.equal(intent.status, 'succeeded');
  assert.deepEqual({ ...intent.metadata }, { order: '6735' });
  assert.equal(intent.latest_charge.amount_captured, 1099);
  assert.match(intent.lastResponse.requestId, /^req_/);
  assert.equal(intent.lastResponse.apiVersion, stripe.getApiField('version'));

  const charge = await stripe.charges.retrieve(intent.latest_charge.id, { expand: ['balance_transaction'] });
  const { amount, fee, net } = charge.balance_transaction;
  assert.deepEqual({ amount, fee, net }, { amount: 1099, fee: 62, net: 1037 });
});

test('a hold, captured in part, and refunded', async () => {
  const stripe = client();
  const intent = await stripe.paymentIntents.create({ ...PAYMENT, capture_method: 'manual' });
  assert.equal(intent.status, 'requires_capture');
  const captured = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 1000 });
  assert.deepEqual([captured.status, captured.amount_received], ['succeeded', 1000]);
  const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 400 });
  assert.deepEqual([refund.status, refund.amount], ['succeeded', 400]);
  await assert.rejects(stripe.refunds.create({ payment_intent: intent.id, amount: 601 }), (error) => {
    assert.ok(error instanceof Stripe.errors.StripeInvalidRequestError);
    assert.equal(error.param, 'amount');
    return true;
  });
});

test('a reader in the shop takes a payment', async () => {
  const stripe = client();
  const address = { line1: '1 Main Street', city: 'San Francisco', state: 'CA', postal_code: '94111', country: 'US' };
  const location = await stripe.terminal.locations.create({ display_name: 'Counter', address });
  const registered = { registration_code: 'simulated-s700', label: 'Till 1', location: location.id };
  const reader = await stripe.terminal.readers.create(registered);
  const intent = await stripe.paymentIntents.create({
    amount: 1000,
    currency: 'usd',
    allowed_payment_method_types: ['card_present'],
    capture_method: 'manual',
  });
  await stripe.terminal.readers.processPaymentIntent(reader.id, { payment_intent: intent.id });
  const shown = await stripe.testHelpers.terminal.readers.presentPaymentMethod(reader.id);
  assert.equal(shown.action.status, 'succeeded');
  const captured = await stripe.paymentIntents.capture(intent.id);
  assert.equal(captured.status, 'succeeded');
});

test('a decline is a card error with everything in it', async () => {
  const stripe = client();
  const declined = { ...PAYMENT, payment_method: 'pm_card_visa_chargeDeclinedInsufficientFunds' };
  await assert.rejects(stripe.paymentIntents.create(declined), (error) => {
    assert.ok(error instanceof Stripe.errors.StripeCardError);
    assert.equal(error.statusCode, 402);
    assert.equal(error.code, 'card_declined');
    assert.equal(error.decline_code, 'insufficient_funds');
    assert.equal(error.message, 'Your card has insufficient funds.');
    assert.equal(error.payment_intent.status, 'requires_payment_method');
    assert.equal(error.payment_intent.latest_charge, error.charge);
    assert.match(error.requestId, /^req_/);
    assert.equal(error.doc_url, 'https://stripe.com/docs/error-codes/card-declined');
    return true;
  });
});

test('one key, one payment', async () => {
  const stripe = client();
  const idempotencyKey = 'order-6735';
  const [first, second] = [
    await stripe.paymentIntents.create(PAYMENT, { idempotencyKey }),
    await stripe.paymentIntents.create(PAYMENT, { idempotencyKey }),
  ];
  assert.deepEqual(second, first);
  assert.equal(second.lastResponse.headers['idempotent-replayed'], 'true');
  assert.equal(second.lastResponse.headers['original-request'], first.lastResponse.requestId);
  const retries = await Promise.all(
    Array.from({ length: 8 }, () => stripe.paymentIntents.create(PAYMENT, { idempotencyKey: 'order-6736' })),
  );
  assert.equal(new Set(retries.map((intent) => intent.id)).size, 1);
  assert.equal((await stripe.paymentIntents.list()).data.length, 2);
  await assert.rejects(stripe.paymentIntents.create({ ...PAYMENT, amount: 1 }, { idempotencyKey }), (error) => {
    assert.ok(error instanceof Stripe.errors.StripeIdempotencyError);
    return true;
  });
});

test('lists page by themselves, forward and backward', async () => {
  const stripe = client();
  const made = [];
  for (let number = 0; number < 7; number += 1) {
    made.unshift((await stripe.customers.create({ name: `Customer ${number}` })).id);
  }
  const forward = [];
  for await (const customer of stripe.customers.list({ limit: 2 })) forward.push(customer.id);
  assert.deepEqual(forward, made);
  const backward = await stripe.customers.list({ limit: 3, ending_before: made.at(-1) }).autoPagingToArray({ limit: 100 });
  assert.deepEqual(backward.map((customer) => customer.id), made.slice(0, -1).reverse());

  const found = [];
  for await (const customer of stripe.customers.search({ query: 'name~"customer"', limit: 2 })) found.push(customer.id);
  assert.deepEqual(found, made);
});

test('a deleted customer is a stub', async () => {
  const stripe = client();
  const { id } = await stripe.customers.create({ email: 'jenny.rosen@example.com' });
  const deleted = await stripe.customers.del(id);
  assert.deepEqual({ ...deleted }, { id, object: 'customer', deleted: true });
  assert.equal((await stripe.customers.retrieve(id)).deleted, true);
});

test('null unsets and undefined is left out', async () => {
  const stripe = client();
  const { id } = await stripe.paymentIntents.create({ amount: 1000, currency: 'usd', description: 'a', receipt_email: 'a@example.com' });
  const changed = await stripe.paymentIntents.update(id, { description: null, receipt_email: undefined });
  assert.deepEqual([changed.description, changed.receipt_email], [null, 'a@example.com']);
});

test('what is not there is an error and never a success', async () => {
  const stripe = client();
  for (const [method, path] of [['GET', '/v1/nothing'], ['POST', '/v1/nothing'], ['GET', '/v2/core/events']]) {
    await assert.rejects(stripe.rawRequest(method, path), (error) => {
      assert.equal(error.statusCode, 404, `${method} ${path}`);
      assert.match(error.message, /^Unrecognized request URL/);
      return true;
    });
  }
  await assert.rejects(stripe.paymentIntents.retrieve('pi_unknown'), (error) => {
    assert.ok(error instanceof Stripe.errors.StripeInvalidRequestError);
    assert.deepEqual([error.statusCode, error.code], [404, 'resource_missing']);
    return true;
  });
  await assert.rejects(stripe.paymentIntents.create({ amount: 1000, currency: 'usd', colour: 'red' }), (error) => {
    assert.deepEqual([error.code, error.param], ['parameter_unknown', 'colour']);
    return true;
  });
});

test('a wrong key is an authentication error', async () => {
  const stripe = new Stripe('sk_live_wrong', { host, port, protocol: 'http', telemetry: false });
  await assert.rejects(stripe.balance.retrieve(), (error) => {
    assert.ok(error instanceof Stripe.errors.StripeAuthenticationError);
    return true;
  });
});

test('a file, with a link', async () => {
  const stripe = client();
  const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=', 'base64');
  const file = await stripe.files.create({
    file: { data: pixel, name: 'splash.png', type: 'application/octet-stream' },
    purpose: 'terminal_reader_splashscreen',
    file_link_data: { create: true, metadata: { order: '6735' } },
  });
  assert.deepEqual([file.filename, file.type, file.size], ['splash.png', 'png', pixel.length]);
  const [link] = file.links.data;
  assert.equal(link.metadata.order, '6735');
  const fetched = await fetch(link.url);
  assert.deepEqual(Buffer.from(await fetched.arrayBuffer()), pixel);
  assert.equal((await stripe.files.list({ purpose: 'terminal_reader_splashscreen' })).data[0].id, file.id);
});

test('thirty payments at once', async () => {
  const stripe = client();
  const paid = await Promise.all(Array.from({ length: 30 }, () => stripe.paymentIntents.create(PAYMENT)));
  assert.ok(paid.every((intent) => intent.status === 'succeeded'));
  assert.equal(new Set(paid.map((intent) => intent.id)).size, 30);
  const balance = await stripe.balance.retrieve();
  const sum = [...balance.pending, ...balance.available].reduce((total, { amount }) => total + amount, 0);
  assert.equal(sum, 30 * 1037);
});
