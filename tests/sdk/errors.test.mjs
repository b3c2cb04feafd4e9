import {test} from 'node:test';
import assert from 'node:assert/strict';
import {pay, rejection, startNode} from './support.mjs';

const node = await startNode();
const stripe = node.sdk();

for (const [card, code, declineCode] of [
  ['chargeDeclined', 'card_declined', 'generic_decline'],
  ['chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
  ['visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
  ['chargeDeclinedLostCard', 'card_declined', 'lost_card'],
  ['chargeDeclinedStolenCard', 'card_declined', 'stolen_card'],
  ['chargeDeclinedExpiredCard', 'expired_card', undefined],
  ['chargeDeclinedIncorrectCvc', 'incorrect_cvc', undefined],
  ['chargeDeclinedProcessingError', 'processing_error', undefined],
  ['chargeDeclinedVelocityLimitExceeded', 'card_declined', 'card_velocity_exceeded'],
  ['chargeDeclinedFraudulent', 'card_declined', 'fraudulent'],
  ['chargeCustomerFail', 'card_declined', 'generic_decline'],
]) {
  test(`pm_card_${card} is declined with ${declineCode ?? code}`, async () => {
    const error = await rejection(pay(stripe, {payment_method: `pm_card_${card}`}));
    assert.equal(error.type, 'StripeCardError');
    assert.equal(error.statusCode, 402);
    assert.equal(error.code, code);
    if (declineCode) assert.equal(error.decline_code, declineCode);
    assert.match(error.message, /\S/);
    assert.match(error.raw.charge, /^ch_/);
    assert.equal(error.raw.payment_intent.status, 'requires_payment_method');
    assert.equal(error.raw.payment_intent.last_payment_error.code, code);
    assert.equal(error.headers['stripe-should-retry'], 'false');
    assert.match(error.requestId, /^req_/);
  });
}

test('a missing parameter is named', async () => {
  for (const [params, param] of [[{currency: 'usd'}, 'amount'], [{amount: 100}, 'currency']]) {
    const error = await rejection(stripe.paymentIntents.create(params));
    assert.equal(error.type, 'StripeInvalidRequestError');
    assert.equal(error.statusCode, 400);
    assert.equal(error.code, 'parameter_missing');
    assert.equal(error.param, param);
  }
});

test('an unknown parameter is named', async () => {
  const error = await rejection(stripe.paymentIntents.create({amount: 100, currency: 'usd', colour: 'red'}));
  assert.equal(error.code, 'parameter_unknown');
  assert.equal(error.param, 'colour');
});

for (const [what, params, param] of [
  ['an amount that is no number', {amount: 'ten', currency: 'usd'}, 'amount'],
  ['an amount with decimals', {amount: 10.5, currency: 'usd'}, 'amount'],
  ['a negative amount', {amount: -5, currency: 'usd'}, 'amount'],
  ['an amount of zero', {amount: 0, currency: 'usd'}, 'amount'],
  ['an amount beyond any', {amount: '99999999999999999999', currency: 'usd'}, 'amount'],
  ['a currency that is none', {amount: 100, currency: 'xxq'}, 'currency'],
  ['an unknown capture method', {amount: 100, currency: 'usd', capture_method: 'later'}, 'capture_method'],
]) {
  test(`${what} is refused and named`, async () => {
    const error = await rejection(stripe.paymentIntents.create(params));
    assert.equal(error.type, 'StripeInvalidRequestError');
    assert.equal(error.statusCode, 400);
    assert.equal(error.param, param);
  });
}

test('what does not exist is 404 in the path and 400 in a parameter', async () => {
  const missing = 'pi_00ekOmuMYMvU1G0Qj';
  for (const id of [missing, 'pi_nonsense']) {
    const error = await rejection(stripe.paymentIntents.retrieve(id));
    assert.equal(error.type, 'StripeInvalidRequestError');
    assert.equal(error.statusCode, 404);
    assert.equal(error.code, 'resource_missing');
    assert.ok(error.message.includes(id));
  }
  const error = await rejection(pay(stripe, {customer: 'cus_00000000000000000'}));
  assert.equal(error.code, 'resource_missing');
  assert.equal(error.param, 'customer');
  assert.equal((await rejection(pay(stripe, {payment_method: 'pm_nonsense'}))).code, 'resource_missing');
});

test('a wrong key is an authentication error', async () => {
  for (const key of ['sk_test_wrong', `${node.key.slice(0, -1)}${node.key.endsWith('a') ? 'b' : 'a'}`]) {
    const error = await rejection(node.sdk({key}).balance.retrieve());
    assert.equal(error.type, 'StripeAuthenticationError');
    assert.equal(error.statusCode, 401);
    assert.ok(!error.message.includes(key));
  }
  const without = await node.raw('GET', '/v1/balance', {key: ''});
  assert.equal(without.status, 401);
  assert.ok(without.json.error.message);
});

test('Basic authentication with the key as the user works', async () => {
  const authorization = `Basic ${Buffer.from(`${node.key}:`).toString('base64')}`;
  const answer = await node.raw('GET', '/v1/balance', {key: '', headers: {authorization}});
  assert.equal(answer.status, 200);
});

test('an unknown path and a wrong method answer as the API', async () => {
  const unknown = await node.raw('GET', '/v1/nothing_here');
  assert.equal(unknown.status, 404);
  assert.equal(unknown.json.error.type, 'invalid_request_error');
  const wrong = await node.raw('DELETE', '/v1/payment_intents');
  assert.equal(wrong.status, 404);
  for (const search of [() => stripe.paymentIntents.search({query: 'x'}), () => stripe.customers.search({query: 'x'}), () => stripe.charges.create({amount: 100})]) {
    const error = await rejection(search());
    assert.equal(error.type, 'StripeInvalidRequestError');
    assert.equal(error.statusCode, 404);
    assert.match(error.message, /^Unrecognized request URL/);
  }
});

test('an object of another partner is not there', async () => {
  const customer = await stripe.customers.create();
  const held = await pay(stripe, {capture_method: 'manual', customer: customer.id});
  const paid = await pay(stripe);
  const refund = await stripe.refunds.create({payment_intent: paid.id, amount: 1});
  const method = await stripe.paymentMethods.attach('pm_card_visa', {customer: customer.id});
  const setup = await stripe.setupIntents.create({payment_method_types: ['card']});
  const transaction = (await stripe.balanceTransactions.list({limit: 1})).data[0];
  const event = (await stripe.events.list({limit: 1})).data[0];
  const {stripe: other} = await node.partner();
  const attempts = {
    payment: () => other.paymentIntents.retrieve(held.id),
    update: () => other.paymentIntents.update(held.id, {description: 'x'}),
    capture: () => other.paymentIntents.capture(held.id),
    cancel: () => other.paymentIntents.cancel(held.id),
    charge: () => other.charges.retrieve(held.latest_charge),
    refund: () => other.refunds.retrieve(refund.id),
    refunding: () => other.refunds.create({payment_intent: paid.id}),
    customer: () => other.customers.retrieve(customer.id),
    deleting: () => other.customers.del(customer.id),
    method: () => other.paymentMethods.retrieve(method.id),
    charging: () => pay(other, {payment_method: method.id}),
    setup: () => other.setupIntents.retrieve(setup.id),
    transaction: () => other.balanceTransactions.retrieve(transaction.id),
    event: () => other.events.retrieve(event.id),
    cursor: () => other.paymentIntents.list({starting_after: held.id}),
  };
  for (const [name, attempt] of Object.entries(attempts)) {
    const error = await rejection(attempt());
    assert.equal(error.code, 'resource_missing', name);
  }
  for (const list of [other.paymentIntents.list(), other.charges.list(), other.refunds.list(), other.customers.list(), other.events.list(),
                      other.balanceTransactions.list(), other.setupIntents.list()]) {
    assert.deepEqual((await list).data, []);
  }
  assert.equal((await stripe.paymentIntents.retrieve(held.id)).status, 'requires_capture');
});

test('a read-only key may read and nothing else', async () => {
  const made = await node.admin('POST', `/partners/${node.partnerId}/keys`, {mode: 'test', scope: 'read_only'});
  const key = JSON.stringify(made).match(/\b[sr]k_test_\w+/)[0];
  const reader = node.sdk({key});
  await reader.balance.retrieve();
  const error = await rejection(reader.paymentIntents.create({amount: 100, currency: 'usd'}));
  assert.equal(error.statusCode, 403);
  assert.equal(error.type, 'StripePermissionError');
});

test('a suspended partner is refused and works again when it is resumed', async () => {
  const partner = await node.partner();
  await node.admin('POST', `/partners/${partner.id}/suspend`, {reason: 'test'});
  const error = await rejection(pay(partner.stripe));
  assert.equal(error.statusCode, 403);
  await node.admin('POST', `/partners/${partner.id}/resume`, {});
  assert.equal((await pay(partner.stripe)).status, 'succeeded');
});

test('every answer names its request', async () => {
  const ok = await node.raw('GET', '/v1/balance');
  const bad = await node.raw('GET', '/v1/payment_intents/pi_none');
  assert.match(ok.headers.get('request-id'), /^req_/);
  assert.match(bad.headers.get('request-id'), /^req_/);
  assert.notEqual(ok.headers.get('request-id'), bad.headers.get('request-id'));
});

test('JSON bodies are accepted too', async () => {
  const answer = await node.raw('POST', '/v1/payment_intents', {
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({amount: 1099, currency: 'usd', metadata: {order: '7'}, payment_method: 'pm_card_visa', confirm: true}),
  });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.status, 'succeeded');
  assert.deepEqual(answer.json.metadata, {order: '7'});
});
