import {test} from 'node:test';
import assert from 'node:assert/strict';
import {all, eventually, pay, rejection, startNode} from './support.mjs';

const node = await startNode();
const stripe = node.sdk();

const since = async (event) => all(stripe.events.list({limit: 3, ...(event ? {ending_before: event.id} : {})}));
const newest = async (client = stripe) => (await client.events.list({limit: 1})).data[0];

test('the events of a payment come in their order, each with its object as it was then', async () => {
  const held = await pay(stripe, {capture_method: 'manual', amount: 1000}, {idempotencyKey: 'held-1'});
  await stripe.paymentIntents.capture(held.id, {amount_to_capture: 800});
  const refund = await stripe.refunds.create({payment_intent: held.id, amount: 300});
  const events = (await all(stripe.events.list({limit: 3}))).reverse();
  assert.deepEqual(events.map((event) => event.type), [
    'payment_intent.created', 'payment_intent.amount_capturable_updated', 'charge.succeeded', 'charge.captured',
    'payment_intent.succeeded', 'refund.created', 'charge.refunded',
  ]);
  assert.ok(events.every((event) => event.object === 'event' && event.livemode === false && /^evt_/.test(event.id)));
  const [created, capturable, charged, captured, succeeded, refunded, chargeRefunded] = events.map((event) => event.data.object);
  assert.deepEqual([created.id, created.amount_capturable], [held.id, 0]);
  assert.equal(capturable.status, 'requires_capture');
  assert.equal(capturable.amount_capturable, 1000);
  assert.deepEqual([charged.id, charged.captured], [held.latest_charge, false]);
  // The rest of the authorization was given back.
  assert.deepEqual([captured.captured, captured.amount_captured, captured.amount_refunded], [true, 800, 200]);
  assert.equal(succeeded.amount_received, 800);
  assert.equal(refunded.id, refund.id);
  assert.equal(chargeRefunded.amount_refunded, 500);
  assert.equal(events[0].request.idempotency_key, 'held-1');
  assert.match(events[0].request.id, /^req_/);
  for (const event of events) assert.deepEqual(await stripe.events.retrieve(event.id), event);
});

test('events are listed by type and by types', async () => {
  const mark = await newest();
  await pay(stripe);
  await rejection(pay(stripe, {payment_method: 'pm_card_chargeDeclined'}));
  const events = await since(mark);
  const types = new Set(events.map((event) => event.type));
  for (const type of ['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded', 'charge.failed', 'payment_intent.payment_failed']) {
    assert.ok(types.has(type), type);
  }
  const failed = await stripe.events.list({type: 'charge.failed'});
  assert.equal(failed.data.length, 1);
  assert.equal(failed.data[0].data.object.failure_code, 'card_declined');
  const charges = await all(stripe.events.list({type: 'charge.*', limit: 2}));
  assert.ok(charges.length >= 4 && charges.every((event) => event.type.startsWith('charge.')));
});

test('customers, payment methods and setup intents have events', async () => {
  const mark = await newest();
  const customer = await stripe.customers.create({name: 'Jenny'});
  await stripe.customers.update(customer.id, {name: 'Rosen'});
  const method = await stripe.paymentMethods.attach('pm_card_visa', {customer: customer.id});
  await stripe.setupIntents.create({customer: customer.id, payment_method: method.id, payment_method_types: ['card'], confirm: true});
  await stripe.paymentMethods.detach(method.id);
  await stripe.customers.del(customer.id);
  const events = await since(mark);
  assert.deepEqual(events.map((event) => event.type), [
    'customer.created', 'customer.updated', 'payment_method.attached', 'setup_intent.created', 'setup_intent.succeeded',
    'payment_method.detached', 'customer.deleted',
  ]);
  assert.deepEqual(events[2].data.object.customer, customer.id);
});

test('an event that does not exist is not found', async () => {
  for (const id of ['evt_nonsense', 'evt_000000000000000']) {
    assert.equal((await rejection(stripe.events.retrieve(id))).code, 'resource_missing');
  }
});

test('the balance is what was captured and not refunded, less fees; pending first, then available', async () => {
  const partner = await node.partner({fees: [{basis_points: 290, fixed: 30}]});
  const {stripe: client} = partner;
  const usd = (part) => part.find((item) => item.currency === 'usd')?.amount ?? 0;
  const first = await pay(client, {amount: 10_000});
  const held = await pay(client, {amount: 5_000, capture_method: 'manual'});
  let balance = await client.balance.retrieve();
  assert.equal(balance.object, 'balance');
  assert.equal(balance.livemode, false);
  const fee = 290 + 30;
  assert.equal(usd(balance.pending), 10_000 - fee);
  assert.equal(usd(balance.available), 0);
  await client.paymentIntents.cancel(held.id);
  await client.refunds.create({payment_intent: first.id, amount: 1_000});
  balance = await client.balance.retrieve();
  assert.equal(usd(balance.pending) + usd(balance.available), 9_000 - fee);

  const transactions = await all(client.balanceTransactions.list());
  assert.deepEqual(transactions.map((item) => [item.type, item.amount, item.fee, item.net]),
                   [['refund', -1_000, 0, -1_000], ['charge', 10_000, fee, 10_000 - fee]]);
  assert.equal(transactions[1].source, first.latest_charge);
  assert.equal(transactions[1].status, 'pending');
  assert.ok(transactions[1].available_on > transactions[1].created);
  assert.equal(transactions[1].fee_details[0].amount, fee);
  assert.deepEqual(await client.balanceTransactions.retrieve(transactions[1].id), transactions[1]);

  await node.advance(4 * 86_400);
  balance = await eventually(() => client.balance.retrieve(), (now) => usd(now.pending) === 0, 'the funds become available');
  assert.equal(usd(balance.available), 9_000 - fee);
  assert.equal((await client.balanceTransactions.retrieve(transactions[1].id)).status, 'available');
});

test('the account is the partner itself', async () => {
  const partner = await node.partner({name: 'Corner shop', country: 'DE', default_currency: 'eur'});
  const account = await partner.stripe.accounts.retrieve();
  assert.equal(account.object, 'account');
  assert.equal(account.id, partner.id);
  assert.equal(account.country, 'DE');
  assert.equal(account.default_currency, 'eur');
});

test('a partner that accepts one currency refuses others', async () => {
  const {stripe: client} = await node.partner({currencies: ['eur'], default_currency: 'eur'});
  assert.equal((await pay(client, {currency: 'eur'})).status, 'succeeded');
  const error = await rejection(pay(client, {currency: 'usd'}));
  assert.equal(error.type, 'StripeInvalidRequestError');
  assert.equal(error.param, 'currency');
});

test('the timeline of a payment tells every step', async () => {
  const payment = await pay(stripe, {capture_method: 'manual'});
  await stripe.paymentIntents.capture(payment.id);
  const answer = await node.raw('GET', `/v1/payment_intents/${payment.id}/timeline`);
  assert.equal(answer.status, 200, answer.text);
  const names = answer.json.data.map((step) => step.type);
  assert.deepEqual(names, ['payment_created', 'authorization_requested', 'authorization_approved', 'capture_requested', 'payment_captured']);
  assert.ok(!answer.text.includes('4242424242424242'));
  const sequences = answer.json.data.map((step) => step.sequence);
  assert.deepEqual(sequences, [...sequences].sort((a, b) => a - b));
  assert.match(answer.json.data[0].request.id, /^req_/);
});
