import {test} from 'node:test';
import assert from 'node:assert/strict';
import Stripe from 'stripe';
import {pay, rejection, startNode} from './support.mjs';

const node = await startNode();

// A partner whose requests are few, so that the third in a row is over its limit.
const limited = (limits) => node.partner({limits});

test('over its limit a partner gets a rate limit error from the SDK, with when to come back', async () => {
  const {stripe} = await limited({requests_per_second: 1, burst: 2});
  await stripe.balance.retrieve();
  await stripe.balance.retrieve();
  const error = await rejection(stripe.balance.retrieve());
  assert.ok(error instanceof Stripe.errors.StripeRateLimitError, String(error));
  assert.equal(error.statusCode, 429);
  assert.equal(error.code, 'rate_limit');
  assert.equal(error.headers['retry-after'], '1');
  assert.equal(error.headers['stripe-should-retry'], 'true');
  assert.match(error.requestId, /^req_/);
  assert.match(error.message, /1 a second, and 2 at once/);
});

test('an SDK that may retry waits as it is told, and its payment is made once', async () => {
  const {stripe, key} = await limited({requests_per_second: 1, burst: 1});
  const patient = node.sdk({key, maxNetworkRetries: 5});
  await stripe.balance.retrieve();
  const payment = await pay(patient, {metadata: {order: '6735'}});
  assert.equal(payment.status, 'succeeded');
  const made = await patient.paymentIntents.list();
  assert.deepEqual(made.data.map((one) => one.id), [payment.id]);
});

test('of many requests at once exactly the burst is let in', async () => {
  const {key, id} = await limited({requests_per_second: 1, burst: 50});
  const begin = Date.now();
  const answers = await Promise.all(Array.from({length: 80}, () => node.raw('GET', '/v1/balance', {key})));
  const seconds = (Date.now() - begin) / 1000;
  const passed = answers.filter((answer) => answer.status === 200).length;
  const refused = answers.filter((answer) => answer.status === 429);
  assert.equal(passed + refused.length, 80);
  const use = (await node.admin('GET', `/partners/${id}`)).use.test;
  assert.equal(use.since_start.allowed, passed);
  assert.equal(use.since_start.limited, refused.length);
  assert.equal(use.requests.burst_max, 50);
  // What the time gave while they came is all that may be on top.
  assert.ok(passed >= 50 && passed <= 50 + Math.floor(seconds), `${passed} were let in, in ${seconds} s`);
  for (const answer of refused) assert.equal(answer.headers.get('stripe-should-retry'), 'true');
});

test('limits can be changed while the partner works, and hold from the next request on', async () => {
  const {stripe, id} = await limited({requests_per_second: 1, burst: 1});
  await stripe.balance.retrieve();
  assert.equal((await rejection(stripe.balance.retrieve())).code, 'rate_limit');
  await node.admin('POST', `/partners/${id}`, {limits: {requests_per_second: 1000, burst: 1000}});
  await node.advance(1);
  for (let i = 0; i < 50; i++) await stripe.balance.retrieve();
});

test('the amount of a day ends at midnight UTC, and no retry is asked for', async () => {
  // A minute into the next day: no midnight comes in between.
  await node.advance(86_460 - Math.floor(Date.now() / 1000) % 86_400);
  const {stripe} = await limited({amount_per_day: 3000});
  await pay(stripe, {amount: 1000});
  await pay(stripe, {amount: 2000});
  const error = await rejection(pay(stripe, {amount: 50}));
  assert.equal(error.statusCode, 429);
  assert.equal(error.headers['stripe-should-retry'], 'false');
  await pay(stripe, {amount: 3000, currency: 'eur'});
  await node.advance(Number(error.headers['retry-after']));
  assert.equal((await pay(stripe, {amount: 50})).status, 'succeeded');
});

test('a card that was declined too often is declined for a while, as card testing is', async () => {
  const {stripe} = await limited({declines_per_card: 3, decline_window_s: 3600});
  const card = {payment_method: 'pm_card_chargeDeclined'};
  for (let i = 0; i < 3; i++) assert.equal((await rejection(pay(stripe, card))).decline_code, 'generic_decline');
  const error = await rejection(pay(stripe, card));
  assert.ok(error instanceof Stripe.errors.StripeCardError, String(error));
  assert.equal(error.decline_code, 'card_velocity_exceeded');
  assert.equal((await pay(stripe)).status, 'succeeded');
  await node.advance(3601);
  assert.equal((await rejection(pay(stripe, card))).decline_code, 'generic_decline');
});
