import {test} from 'node:test';
import assert from 'node:assert/strict';
import {all, eventually, pay, rejection, startNode} from './support.mjs';

const node = await startNode();

test('a partner is pinned to the version of its first call, and a header overrides it', async () => {
  const partner = await node.partner();
  const first = await node.raw('GET', '/v1/balance', {key: partner.key, headers: {'stripe-version': '2023-08-16'}});
  assert.equal(first.headers.get('stripe-version'), '2023-08-16');
  // The pin is a record of its own, which the first answer does not wait for.
  const read = () => node.raw('GET', '/v1/balance', {key: partner.key});
  await eventually(read, (answer) => answer.headers.get('stripe-version') === '2023-08-16', 'the partner is pinned');
  const other = await node.raw('GET', '/v1/balance', {key: partner.key, headers: {'stripe-version': '2026-07-29.dahlia'}});
  assert.equal(other.headers.get('stripe-version'), '2026-07-29.dahlia');
  const bad = await node.raw('GET', '/v1/balance', {key: partner.key, headers: {'stripe-version': 'yesterday'}});
  assert.equal(bad.status, 400);
});

test('before 2022-11-15 a payment carries its charges; later it names the latest', async () => {
  const partner = await node.partner();
  const old = node.sdk({key: partner.key, apiVersion: '2022-08-01'});
  const payment = await pay(old, {amount: 1200});
  assert.equal(payment.charges.object, 'list');
  assert.equal(payment.charges.data.length, 1);
  assert.equal(payment.charges.data[0].amount, 1200);
  const now = await partner.stripe.paymentIntents.retrieve(payment.id);
  assert.equal(now.charges, undefined);
  assert.equal(now.latest_charge, payment.charges.data[0].id);
  const then = await old.paymentIntents.retrieve(payment.id);
  assert.equal(then.charges.data[0].refunds.object, 'list');
});

test('a repeat is answered in the version of the first answer', async () => {
  const partner = await node.partner();
  const old = node.sdk({key: partner.key, apiVersion: '2022-08-01'});
  const options = {idempotencyKey: 'across-versions'};
  const first = await pay(old, {}, options);
  const again = await pay(partner.stripe, {}, options);
  assert.deepEqual(again, first);
});

test('an event carries the version that it was rendered in', async () => {
  const partner = await node.partner();
  await pay(node.sdk({key: partner.key, apiVersion: '2022-08-01'}));
  const [event] = await all(partner.stripe.events.list({type: 'payment_intent.succeeded'}));
  assert.match(event.api_version, /^\d{4}-\d\d-\d\d/);
});

test('a newer major version of the SDK works as well', async (t) => {
  let Sdk;
  try {
    ({default: Sdk} = await import('stripe-23'));
  } catch (error) {
    t.skip(`stripe 23 does not load here: ${error.message}`);
    return;
  }
  const stripe = node.sdk({Sdk});
  const customer = await stripe.customers.create({name: 'Jenny'});
  const held = await pay(stripe, {capture_method: 'manual', customer: customer.id, expand: ['latest_charge']});
  assert.equal(held.status, 'requires_capture');
  assert.equal((await stripe.paymentIntents.capture(held.id, {amount_to_capture: 500})).amount_received, 500);
  assert.equal((await stripe.refunds.create({payment_intent: held.id, amount: 100})).status, 'succeeded');
  const error = await rejection(pay(stripe, {payment_method: 'pm_card_chargeDeclinedLostCard'}));
  assert.equal(error.decline_code, 'lost_card');
  assert.ok((await all(stripe.events.list({limit: 4}))).length >= 8);
  assert.equal((await all(stripe.charges.list({limit: 1}))).length, 2);
});
