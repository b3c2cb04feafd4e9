import {test} from 'node:test';
import assert from 'node:assert/strict';
import {completeChallenge} from './challenge.mjs';
import {idsOf, pay, rejection, startNode} from './support.mjs';

const node = await startNode();
const stripe = node.sdk();

test('a card is set up for later and then charged off session', async () => {
  const customer = await stripe.customers.create();
  const setup = await stripe.setupIntents.create({customer: customer.id, payment_method_types: ['card'], usage: 'off_session', metadata: {a: 'b'}});
  assert.equal(setup.object, 'setup_intent');
  assert.match(setup.id, /^seti_/);
  assert.equal(setup.status, 'requires_payment_method');
  assert.equal(setup.usage, 'off_session');
  assert.deepEqual(setup.metadata, {a: 'b'});
  assert.ok(setup.client_secret.startsWith(`${setup.id}_secret_`));

  const confirmed = await stripe.setupIntents.confirm(setup.id, {payment_method: 'pm_card_visa'});
  assert.equal(confirmed.status, 'succeeded');
  assert.deepEqual(await stripe.setupIntents.retrieve(setup.id), confirmed);
  const method = await stripe.paymentMethods.retrieve(confirmed.payment_method);
  assert.equal(method.customer, customer.id);
  const payment = await pay(stripe, {customer: customer.id, payment_method: method.id, off_session: true});
  assert.equal(payment.status, 'succeeded');
});

test('create and confirm in one request', async () => {
  const setup = await stripe.setupIntents.create({payment_method: 'pm_card_visa', payment_method_types: ['card'], confirm: true});
  assert.equal(setup.status, 'succeeded');
});

test('options and a mandate are taken as with payments, and a missing card is told in its own words', async () => {
  const mandate_data = {customer_acceptance: {type: 'online', online: {ip_address: '127.0.0.1', user_agent: 'test'}}};
  const setup = await stripe.setupIntents.create({payment_method_types: ['card', 'link']});
  assert.equal((await rejection(stripe.setupIntents.confirm(setup.id))).code, 'setup_intent_unexpected_state');
  const confirmed = await stripe.setupIntents.confirm(setup.id, {
    payment_method: 'pm_card_visa', mandate_data, payment_method_options: {card: {request_three_d_secure: 'challenge'}}});
  assert.equal(confirmed.status, 'succeeded');
});

test('a declined card leaves the setup intent waiting for another', async () => {
  const setup = await stripe.setupIntents.create({payment_method_types: ['card']});
  const error = await rejection(stripe.setupIntents.confirm(setup.id, {payment_method: 'pm_card_chargeDeclined'}));
  assert.equal(error.type, 'StripeCardError');
  assert.equal(error.code, 'card_declined');
  assert.equal(error.setup_intent.id, setup.id);
  assert.equal(error.payment_method.card.last4, '0002');
  const after = await stripe.setupIntents.retrieve(setup.id);
  assert.equal(after.status, 'requires_payment_method');
  assert.equal(after.last_setup_error.code, 'card_declined');
  assert.equal(after.last_setup_error.payment_method.id, error.payment_method.id);
  assert.equal((await stripe.setupIntents.confirm(setup.id, {payment_method: 'pm_card_visa'})).status, 'succeeded');
});

test('a setup intent is canceled once', async () => {
  const setup = await stripe.setupIntents.create({payment_method_types: ['card']});
  const canceled = await stripe.setupIntents.cancel(setup.id, {cancellation_reason: 'abandoned'});
  assert.equal(canceled.status, 'canceled');
  assert.equal(canceled.cancellation_reason, 'abandoned');
  const error = await rejection(stripe.setupIntents.confirm(setup.id, {payment_method: 'pm_card_visa'}));
  assert.equal(error.code, 'setup_intent_unexpected_state');
});

test('a card that wants 3-D Secure is set up with it and charged off session without', async () => {
  const customer = await stripe.customers.create();
  const setup = await stripe.setupIntents.create({
    customer: customer.id, payment_method_types: ['card'], payment_method: 'pm_card_authenticationRequiredOnSetup', confirm: true,
    return_url: 'https://shop.example/return',
  });
  assert.equal(setup.status, 'requires_action');
  assert.equal(setup.next_action.type, 'redirect_to_url');
  const returned = await completeChallenge(setup.next_action, 'complete');
  assert.ok(returned.startsWith('https://shop.example/return'), returned);
  const done = await stripe.setupIntents.retrieve(setup.id);
  assert.equal(done.status, 'succeeded');
  const payment = await pay(stripe, {customer: customer.id, payment_method: done.payment_method, off_session: true});
  assert.equal(payment.status, 'succeeded');
});

test('a failed challenge fails the setup', async () => {
  const setup = await stripe.setupIntents.create({
    payment_method_types: ['card'], payment_method: 'pm_card_authenticationRequired', confirm: true, return_url: 'https://shop.example/return',
  });
  await completeChallenge(setup.next_action, 'fail');
  const failed = await stripe.setupIntents.retrieve(setup.id);
  assert.equal(failed.status, 'requires_payment_method');
  assert.equal(failed.last_setup_error.code, 'setup_intent_authentication_failure');
});

test('setup intents are listed, all and by customer', async () => {
  const customer = await stripe.customers.create();
  const made = [];
  for (let i = 0; i < 3; ++i) made.unshift(await stripe.setupIntents.create({customer: customer.id, payment_method_types: ['card']}));
  await stripe.setupIntents.create({payment_method_types: ['card']});
  assert.deepEqual(idsOf((await stripe.setupIntents.list({customer: customer.id})).data), idsOf(made));
  assert.equal((await stripe.setupIntents.list({limit: 2})).data.length, 2);
});

test('a setup intent is updated', async () => {
  const setup = await stripe.setupIntents.create({payment_method_types: ['card']});
  const updated = await stripe.setupIntents.update(setup.id, {description: 'for later', metadata: {k: 'v'}});
  assert.equal(updated.description, 'for later');
  assert.deepEqual(updated.metadata, {k: 'v'});
});
