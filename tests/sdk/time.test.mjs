import {test} from 'node:test';
import assert from 'node:assert/strict';
import {eventually, pay, rejection, startNode} from './support.mjs';

const node = await startNode();
const stripe = node.sdk();
const day = 86_400;

test('an authorization that is not captured in time expires', async () => {
  const held = await pay(stripe, {capture_method: 'manual', expand: ['latest_charge']});
  const until = held.latest_charge.payment_method_details.card.capture_before;
  assert.ok(Math.abs(until - (held.created + 7 * day)) <= 60, String(until - held.created));
  await node.advance(6 * day);
  assert.equal((await stripe.paymentIntents.retrieve(held.id)).status, 'requires_capture');
  await node.advance(1 * day + 60);
  const expired = await eventually(() => stripe.paymentIntents.retrieve(held.id), (payment) => payment.status === 'canceled', 'it expires');
  assert.equal(expired.amount_capturable, 0);
  assert.equal(expired.cancellation_reason, 'automatic');
  const error = await rejection(stripe.paymentIntents.capture(held.id));
  assert.equal(error.type, 'StripeInvalidRequestError');
  const types = (await stripe.events.list({limit: 2})).data.map((event) => event.type);
  assert.deepEqual(types, ['payment_intent.canceled', 'charge.expired']);
});

test('what was captured in part before the expiry stays captured', async () => {
  const held = await pay(stripe, {amount: 1000, capture_method: 'manual'});
  await stripe.paymentIntents.capture(held.id, {amount_to_capture: 400, final_capture: false});
  await node.advance(8 * day);
  const ended = await eventually(() => stripe.paymentIntents.retrieve(held.id), (payment) => payment.status !== 'requires_capture', 'it ends');
  assert.equal(ended.status, 'succeeded');
  assert.equal(ended.amount_received, 400);
  assert.equal(ended.amount_capturable, 0);
  assert.equal((await stripe.refunds.create({payment_intent: held.id})).amount, 400);
});
