// Cards of our own: what happens when an acquirer's answer is lost, late, doubled or wrong. The sandbox's own ledger says what
// really moved.
import {test} from 'node:test';
import assert from 'node:assert/strict';
import {all, eventually, pay, rejection, startNode} from './support.mjs';

const node = await startNode(['--acquirer-timeout-ms', '300']);
const stripe = node.sdk();

// What the sandbox did for one payment.
async function entriesOf(payment) {
  const entries = [];
  let after = '';
  for (;;) {
    const page = await node.admin('GET', `/sandbox/entries?limit=1000&after=${encodeURIComponent(after)}`);
    entries.push(...page.data.filter((entry) => entry.reference.includes(payment.id)));
    if (!page.has_more) return entries;
    after = page.data.at(-1).reference;
  }
}

const settled = (id) => eventually(() => stripe.paymentIntents.retrieve(id), (payment) => payment.status !== 'processing', 'the payment is settled');

// Charged at most once, and exactly when the payment says so.
async function agrees(payment) {
  const entries = await entriesOf(payment);
  assert.ok(entries.every((entry) => entry.times_moved <= 1), JSON.stringify(entries));
  const standing = entries.filter((entry) => entry.times_moved === 1 && !entry.reversed && entry.action === 'sale');
  const total = standing.reduce((sum, entry) => sum + entry.amount, 0);
  assert.equal(total, payment.amount_received, JSON.stringify(entries));
}

test('an approval whose answer is lost is processing first and succeeds', async () => {
  const payment = await pay(stripe, {payment_method: 'pm_card_tollgate_answerLost'});
  assert.equal(payment.status, 'processing');
  assert.equal(payment.amount_received, 0);
  const after = await settled(payment.id);
  assert.equal(after.status, 'succeeded');
  await agrees(after);
  const types = (await all(stripe.events.list())).map((event) => event.type).reverse();
  assert.deepEqual(types, ['payment_intent.created', 'payment_intent.processing', 'charge.succeeded', 'payment_intent.succeeded']);
});

test('a decline whose answer is lost is found declined', async () => {
  const payment = await pay(stripe, {payment_method: 'pm_card_tollgate_declinedAnswerLost'});
  assert.equal(payment.status, 'processing');
  const after = await settled(payment.id);
  assert.equal(after.status, 'requires_payment_method');
  assert.equal(after.last_payment_error.decline_code, 'generic_decline');
  await agrees(after);
});

for (const card of ['neverArrives', 'arrivesAfterReversal', 'answeredAfterReversal']) {
  test(`${card}: reversed, and nothing was charged`, async () => {
    const payment = await pay(stripe, {payment_method: `pm_card_tollgate_${card}`});
    assert.equal(payment.status, 'processing');
    const after = await settled(payment.id);
    assert.equal(after.status, 'requires_payment_method');
    await agrees(after);
    // Another card pays it.
    const paid = await stripe.paymentIntents.confirm(payment.id, {payment_method: 'pm_card_visa'});
    assert.equal(paid.status, 'succeeded');
    await agrees(paid);
  });
}

test('an answer that comes twice charges once', async () => {
  const payment = await pay(stripe, {payment_method: 'pm_card_tollgate_answeredTwice'});
  assert.equal(payment.status, 'succeeded');
  await agrees(payment);
  assert.equal((await all(stripe.charges.list({payment_intent: payment.id}))).length, 1);
});

test('a wrong amount echoed is never believed', async () => {
  const payment = await pay(stripe, {payment_method: 'pm_card_tollgate_wrongAmount'});
  assert.equal(payment.status, 'processing');
  const after = await settled(payment.id);
  assert.equal(after.status, 'requires_payment_method');
  await agrees(after);
});

test('a capture whose answer is lost is captured once', async () => {
  const held = await pay(stripe, {payment_method: 'pm_card_tollgate_captureAnswerLost', capture_method: 'manual'});
  assert.equal(held.status, 'requires_capture');
  await stripe.paymentIntents.capture(held.id, {amount_to_capture: 600}).catch((error) => error);
  const after = await eventually(() => stripe.paymentIntents.retrieve(held.id), (payment) => payment.status === 'succeeded', 'the capture is found');
  assert.equal(after.amount_received, 600);
  const captures = (await entriesOf(held)).filter((entry) => entry.action === 'capture');
  assert.deepEqual(captures.map((entry) => [entry.amount, entry.times_moved]), [[600, 1]]);
});

test('a refund whose answer is lost is refunded once', async () => {
  const payment = await pay(stripe, {payment_method: 'pm_card_tollgate_refundAnswerLost'});
  const refund = await stripe.refunds.create({payment_intent: payment.id, amount: 99});
  assert.equal(refund.status, 'pending');
  const after = await eventually(() => stripe.refunds.retrieve(refund.id), (now) => now.status !== 'pending', 'the refund is found');
  assert.equal(after.status, 'succeeded');
  const refunds = (await entriesOf(payment)).filter((entry) => entry.action === 'refund');
  assert.deepEqual(refunds.map((entry) => [entry.amount, entry.times_moved]), [[99, 1]]);
});

test('while a payment is in doubt nothing else is done with it', async () => {
  const payment = await pay(stripe, {payment_method: 'pm_card_tollgate_answerLost'});
  assert.equal(payment.status, 'processing');
  for (const attempt of [() => stripe.paymentIntents.confirm(payment.id, {payment_method: 'pm_card_visa'}), () => stripe.paymentIntents.cancel(payment.id)]) {
    const error = await rejection(attempt());
    assert.ok([400, 409, 429].includes(error.statusCode), String(error.statusCode));
  }
  await agrees(await settled(payment.id));
});

test('a repeat of a request in doubt gives the answer that it gave', async () => {
  const options = {idempotencyKey: 'doubt-1'};
  const params = {payment_method: 'pm_card_tollgate_answerLost'};
  const first = await pay(stripe, params, options);
  await settled(first.id);
  const again = await pay(stripe, params, options);
  assert.deepEqual(again, first);
  assert.equal((await stripe.charges.list({payment_intent: first.id})).data.length, 1);
});

test('nothing is left in doubt', async () => {
  await eventually(() => node.admin('GET', '/in_doubt'), (page) => page.data.length === 0, 'the list of what is in doubt empties');
});
