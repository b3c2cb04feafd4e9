import {test} from 'node:test';
import assert from 'node:assert/strict';
import {all, eventually, idsOf, pay, rejection, startNode} from './support.mjs';

const node = await startNode();
const stripe = node.sdk();

test('a refund of everything', async () => {
  const payment = await pay(stripe);
  const refund = await stripe.refunds.create({payment_intent: payment.id, reason: 'requested_by_customer', metadata: {case: '12'}});
  assert.equal(refund.object, 'refund');
  assert.equal(refund.status, 'succeeded');
  assert.equal(refund.amount, 1099);
  assert.equal(refund.currency, 'usd');
  assert.equal(refund.payment_intent, payment.id);
  assert.equal(refund.charge, payment.latest_charge);
  assert.equal(refund.reason, 'requested_by_customer');
  assert.deepEqual(refund.metadata, {case: '12'});
  assert.match(refund.balance_transaction, /^txn_/);
  const charge = await stripe.charges.retrieve(payment.latest_charge);
  assert.equal(charge.refunded, true);
  assert.equal(charge.amount_refunded, 1099);
  const again = await rejection(stripe.refunds.create({payment_intent: payment.id}));
  assert.equal(again.code, 'charge_already_refunded');
});

test('several refunds in part, never more than was captured', async () => {
  const payment = await pay(stripe, {amount: 1000});
  const refunds = [];
  for (const amount of [300, 200]) refunds.push(await stripe.refunds.create({payment_intent: payment.id, amount}));
  const charge = await stripe.charges.retrieve(payment.latest_charge);
  assert.equal(charge.amount_refunded, 500);
  assert.equal(charge.refunded, false);
  const error = await rejection(stripe.refunds.create({payment_intent: payment.id, amount: 501}));
  assert.equal(error.type, 'StripeInvalidRequestError');
  assert.equal(error.param, 'amount');
  refunds.push(await stripe.refunds.create({charge: payment.latest_charge}));
  assert.equal(refunds[2].amount, 500);
  assert.equal((await stripe.charges.retrieve(payment.latest_charge)).refunded, true);
  const listed = await all(stripe.refunds.list({payment_intent: payment.id}));
  assert.deepEqual(idsOf(listed), idsOf(refunds).reverse());
  assert.deepEqual(idsOf(await all(stripe.refunds.list({charge: payment.latest_charge}))), idsOf(listed));
});

test('only what was captured can be refunded', async () => {
  const held = await pay(stripe, {amount: 1000, capture_method: 'manual'});
  const uncaptured = await rejection(stripe.refunds.create({payment_intent: held.id}));
  assert.equal(uncaptured.type, 'StripeInvalidRequestError');
  await stripe.paymentIntents.capture(held.id, {amount_to_capture: 400});
  const tooMuch = await rejection(stripe.refunds.create({payment_intent: held.id, amount: 401}));
  assert.equal(tooMuch.type, 'StripeInvalidRequestError');
  const refund = await stripe.refunds.create({payment_intent: held.id});
  assert.equal(refund.amount, 400);
});

test('a refund is retrieved, updated and listed', async () => {
  const payment = await pay(stripe);
  const refund = await stripe.refunds.create({payment_intent: payment.id, amount: 100});
  assert.deepEqual(await stripe.refunds.retrieve(refund.id), refund);
  const updated = await stripe.refunds.update(refund.id, {metadata: {note: 'late'}});
  assert.deepEqual(updated.metadata, {note: 'late'});
  assert.deepEqual((await stripe.refunds.retrieve(refund.id)).metadata, {note: 'late'});
  const list = await stripe.refunds.list({limit: 1});
  assert.equal(list.data[0].id, refund.id);
});

test('a refund that is pending succeeds later', async () => {
  const payment = await pay(stripe, {payment_method: 'pm_card_pendingRefund'});
  const refund = await stripe.refunds.create({payment_intent: payment.id});
  assert.equal(refund.status, 'pending');
  await eventually(() => stripe.refunds.retrieve(refund.id), (now) => now.status === 'succeeded', 'the refund succeeds');
});

test('a refund that fails later gives the money back', async () => {
  const payment = await pay(stripe, {payment_method: 'pm_card_refundFail'});
  const refund = await stripe.refunds.create({payment_intent: payment.id});
  assert.equal(refund.status, 'succeeded');
  const failed = await eventually(() => stripe.refunds.retrieve(refund.id), (now) => now.status === 'failed', 'the refund fails');
  assert.match(failed.failure_balance_transaction, /^txn_/);
  assert.equal((await stripe.charges.retrieve(payment.latest_charge)).amount_refunded, 0);
  const types = (await all(stripe.balanceTransactions.list({limit: 3}))).slice(0, 3).map((item) => [item.type, item.amount]);
  assert.deepEqual(types, [['refund_failure', 1099], ['refund', -1099], ['charge', 1099]]);
});

test('a charge is retrieved and listed with what belongs to it', async () => {
  const customer = await stripe.customers.create();
  const payment = await pay(stripe, {customer: customer.id, description: 'listed'});
  const charge = await stripe.charges.retrieve(payment.latest_charge, {expand: ['payment_intent', 'balance_transaction', 'customer']});
  assert.equal(charge.payment_intent.id, payment.id);
  assert.equal(charge.balance_transaction.amount, 1099);
  assert.equal(charge.customer.id, customer.id);
  assert.equal(charge.description, 'listed');
  assert.equal(charge.disputed, false);
  assert.equal(charge.outcome.type, 'authorized');
  const list = await stripe.charges.list({customer: customer.id});
  assert.deepEqual(idsOf(list.data), [payment.latest_charge]);
  assert.deepEqual(idsOf((await stripe.charges.list({payment_intent: payment.id})).data), [payment.latest_charge]);
});

test('a declined charge says why', async () => {
  const error = await rejection(pay(stripe, {payment_method: 'pm_card_chargeDeclinedInsufficientFunds'}));
  const charge = await stripe.charges.retrieve(error.raw.charge);
  assert.equal(charge.status, 'failed');
  assert.equal(charge.paid, false);
  assert.equal(charge.failure_code, 'card_declined');
  assert.equal(charge.outcome.reason, 'insufficient_funds');
  assert.equal(charge.amount_captured, 0);
});

test('a captured charge cannot be captured again', async () => {
  const payment = await pay(stripe, {capture_method: 'manual'});
  await stripe.paymentIntents.capture(payment.id);
  const error = await rejection(stripe.paymentIntents.capture(payment.id));
  assert.equal(error.code, 'payment_intent_unexpected_state');
  assert.equal(error.payment_intent.status, 'succeeded');
});

test('a voided authorization shows on its charge as refunded, and so does what a capture left', async () => {
  const voided = await pay(stripe, {capture_method: 'manual', amount: 1000});
  await stripe.paymentIntents.cancel(voided.id);
  const charge = await stripe.charges.retrieve(voided.latest_charge);
  assert.deepEqual([charge.captured, charge.refunded, charge.amount_refunded], [false, true, 1000]);
  assert.deepEqual((await stripe.refunds.list({payment_intent: voided.id})).data, []);
  const partly = await pay(stripe, {capture_method: 'manual', amount: 1000});
  const {latest_charge: left} = await stripe.paymentIntents.capture(partly.id, {amount_to_capture: 400, expand: ['latest_charge']});
  assert.deepEqual([left.captured, left.refunded, left.amount_captured, left.amount_refunded], [true, false, 400, 600]);
});

test('refunds by many requests at once add up to the captured amount at most', async () => {
  const payment = await pay(stripe, {amount: 1000});
  const results = await Promise.allSettled(
      Array.from({length: 30}, () => stripe.refunds.create({payment_intent: payment.id, amount: 99}, {maxNetworkRetries: 5})));
  const done = results.filter((result) => result.status === 'fulfilled');
  assert.equal(done.length, 10);
  const charge = await stripe.charges.retrieve(payment.latest_charge);
  assert.equal(charge.amount_refunded, 990);
});
