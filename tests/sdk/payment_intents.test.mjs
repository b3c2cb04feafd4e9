import {test} from 'node:test';
import assert from 'node:assert/strict';
import {all, idsOf, pay, rejection, startNode} from './support.mjs';

const node = await startNode();
const stripe = node.sdk();

test('create without confirming waits for a payment method, then for a confirmation', async () => {
  const bare = await stripe.paymentIntents.create({amount: 2000, currency: 'usd'});
  assert.equal(bare.object, 'payment_intent');
  assert.match(bare.id, /^pi_\w+$/);
  assert.equal(bare.status, 'requires_payment_method');
  assert.equal(bare.amount, 2000);
  assert.equal(bare.amount_received, 0);
  assert.equal(bare.amount_capturable, 0);
  assert.equal(bare.currency, 'usd');
  assert.equal(bare.livemode, false);
  assert.equal(bare.capture_method, 'automatic');
  assert.equal(bare.confirmation_method, 'automatic');
  assert.equal(bare.latest_charge, null);
  assert.equal(bare.payment_method, null);
  assert.equal(bare.last_payment_error, null);
  assert.deepEqual(bare.metadata, {});
  assert.ok(bare.client_secret.startsWith(`${bare.id}_secret_`));
  assert.ok(Math.abs(bare.created - Date.now() / 1000) < 60);
  assert.ok(bare.payment_method_types.includes('card'));

  const withMethod = await stripe.paymentIntents.create({amount: 2000, currency: 'usd', payment_method: 'pm_card_visa'});
  assert.equal(withMethod.status, 'requires_confirmation');
  assert.match(withMethod.payment_method, /^pm_/);
});

test('create and confirm in one request charges the card', async () => {
  const payment = await pay(stripe, {description: 'Order 7', metadata: {order: '7'}});
  assert.equal(payment.status, 'succeeded');
  assert.equal(payment.amount_received, 1099);
  assert.equal(payment.description, 'Order 7');
  assert.deepEqual(payment.metadata, {order: '7'});
  assert.match(payment.latest_charge, /^ch_/);
  const charge = await stripe.charges.retrieve(payment.latest_charge);
  assert.equal(charge.payment_intent, payment.id);
  assert.equal(charge.amount, 1099);
  assert.equal(charge.amount_captured, 1099);
  assert.equal(charge.paid, true);
  assert.equal(charge.captured, true);
  assert.equal(charge.refunded, false);
  assert.equal(charge.status, 'succeeded');
  assert.equal(charge.payment_method_details.card.last4, '4242');
});

test('the form that current guides show works: automatic payment methods without redirects', async () => {
  const payment = await stripe.paymentIntents.create({
    amount: 1099, currency: 'usd', payment_method: 'pm_card_visa', confirm: true,
    automatic_payment_methods: {enabled: true, allow_redirects: 'never'},
  });
  assert.equal(payment.status, 'succeeded');
});

test('retrieve gives what create gave', async () => {
  const created = await pay(stripe);
  const read = await stripe.paymentIntents.retrieve(created.id);
  assert.deepEqual(read, created);
});

test('update changes what is given and nothing else', async () => {
  const created = await stripe.paymentIntents.create({amount: 500, currency: 'usd', metadata: {a: '1', b: '2'}, description: 'before'});
  const updated = await stripe.paymentIntents.update(created.id, {amount: 700, metadata: {b: '', c: '3'}});
  assert.equal(updated.amount, 700);
  assert.equal(updated.description, 'before');
  assert.deepEqual(updated.metadata, {a: '1', c: '3'});
  const cleared = await stripe.paymentIntents.update(created.id, {metadata: ''});
  assert.deepEqual(cleared.metadata, {});
  const method = await stripe.paymentIntents.update(created.id, {payment_method: 'pm_card_visa', currency: 'eur'});
  assert.equal(method.status, 'requires_confirmation');
  assert.equal(method.currency, 'eur');
});

test('confirm with a payment method given then', async () => {
  const created = await stripe.paymentIntents.create({amount: 500, currency: 'usd'});
  const confirmed = await stripe.paymentIntents.confirm(created.id, {payment_method: 'pm_card_mastercard'});
  assert.equal(confirmed.status, 'succeeded');
  assert.equal(confirmed.amount_received, 500);
});

test('a confirmation brings shipping, receipt address and capture method with it', async () => {
  const created = await stripe.paymentIntents.create({amount: 2000, currency: 'usd', payment_method_types: ['card', 'link']});
  const confirmed = await stripe.paymentIntents.confirm(created.id, {
    payment_method: 'pm_card_visa', receipt_email: 'ada@example.com', shipping: {name: 'Ada', address: {line1: '1 Main St'}}, capture_method: 'manual',
    mandate_data: {customer_acceptance: {type: 'online', online: {ip_address: '127.0.0.1', user_agent: 'test'}}}, radar_options: {session: 'rse_1'},
    client_secret: created.client_secret, payment_method_options: {card: {request_three_d_secure: 'any', moto: false}, link: {}},
  });
  assert.deepEqual([confirmed.status, confirmed.capture_method, confirmed.receipt_email, confirmed.shipping.name],
                   ['requires_capture', 'manual', 'ada@example.com', 'Ada']);
  const error = await rejection(stripe.paymentIntents.create({amount: 2000, currency: 'usd', payment_method_options: {card: {moto: true}}}));
  assert.equal(error.param, 'payment_method_options[card][moto]');
});

test('confirm without a payment method is refused', async () => {
  const created = await stripe.paymentIntents.create({amount: 500, currency: 'usd'});
  const error = await rejection(stripe.paymentIntents.confirm(created.id));
  assert.equal(error.type, 'StripeInvalidRequestError');
});

test('a card is given in the request itself', async () => {
  const payment = await stripe.paymentIntents.create({
    amount: 500, currency: 'usd', confirm: true, payment_method_types: ['card'],
    payment_method_data: {type: 'card', card: {number: '4242424242424242', exp_month: 12, exp_year: 2040, cvc: '123'},
                          billing_details: {name: 'Jenny Rosen'}},
  });
  assert.equal(payment.status, 'succeeded');
  const method = await stripe.paymentMethods.retrieve(payment.payment_method);
  assert.equal(method.card.last4, '4242');
  assert.equal(method.card.brand, 'visa');
  assert.ok(!JSON.stringify(method).includes('4242424242424242'));
});

test('manual capture: the whole amount', async () => {
  const held = await pay(stripe, {capture_method: 'manual'});
  assert.equal(held.status, 'requires_capture');
  assert.equal(held.amount_capturable, 1099);
  assert.equal(held.amount_received, 0);
  assert.equal((await stripe.charges.retrieve(held.latest_charge)).captured, false);
  const captured = await stripe.paymentIntents.capture(held.id);
  assert.equal(captured.status, 'succeeded');
  assert.equal(captured.amount_received, 1099);
  assert.equal(captured.amount_capturable, 0);
  assert.equal((await stripe.charges.retrieve(held.latest_charge)).captured, true);
});

test('manual capture: a part of it releases the rest', async () => {
  const held = await pay(stripe, {capture_method: 'manual'});
  const captured = await stripe.paymentIntents.capture(held.id, {amount_to_capture: 500});
  assert.equal(captured.status, 'succeeded');
  assert.equal(captured.amount, 1099);
  assert.equal(captured.amount_received, 500);
  assert.equal(captured.amount_capturable, 0);
  const charge = await stripe.charges.retrieve(held.latest_charge);
  assert.equal(charge.amount_captured, 500);
  const error = await rejection(stripe.paymentIntents.capture(held.id));
  assert.equal(error.type, 'StripeInvalidRequestError');
});

test('manual capture in several parts', async () => {
  const held = await pay(stripe, {
    amount: 1000, capture_method: 'manual', payment_method_options: {card: {request_multicapture: 'if_available'}},
  });
  const first = await stripe.paymentIntents.capture(held.id, {amount_to_capture: 300, final_capture: false});
  assert.equal(first.status, 'requires_capture');
  assert.equal(first.amount_received, 300);
  assert.equal(first.amount_capturable, 700);
  const second = await stripe.paymentIntents.capture(held.id, {amount_to_capture: 200, final_capture: false});
  assert.equal(second.amount_capturable, 500);
  const error = await rejection(stripe.paymentIntents.capture(held.id, {amount_to_capture: 501, final_capture: false}));
  assert.equal(error.type, 'StripeInvalidRequestError');
  assert.equal(error.code, 'amount_too_large');
  const last = await stripe.paymentIntents.capture(held.id, {amount_to_capture: 100, final_capture: true});
  assert.equal(last.status, 'succeeded');
  assert.equal(last.amount_received, 600);
  assert.equal(last.amount_capturable, 0);
});

test('capture of more than was authorized is refused', async () => {
  const held = await pay(stripe, {amount: 1000, capture_method: 'manual'});
  const error = await rejection(stripe.paymentIntents.capture(held.id, {amount_to_capture: 1001}));
  assert.equal(error.code, 'amount_too_large');
  assert.equal((await stripe.paymentIntents.retrieve(held.id)).amount_capturable, 1000);
});

test('cancel before and after an authorization', async () => {
  const created = await stripe.paymentIntents.create({amount: 500, currency: 'usd'});
  const canceled = await stripe.paymentIntents.cancel(created.id, {cancellation_reason: 'requested_by_customer'});
  assert.equal(canceled.status, 'canceled');
  assert.equal(canceled.cancellation_reason, 'requested_by_customer');
  assert.ok(canceled.canceled_at >= canceled.created);

  const held = await pay(stripe, {capture_method: 'manual'});
  const voided = await stripe.paymentIntents.cancel(held.id);
  assert.equal(voided.status, 'canceled');
  assert.equal(voided.amount_capturable, 0);
  assert.equal(voided.amount_received, 0);
  for (const again of ['cancel', 'capture', 'confirm']) {
    const error = await rejection(stripe.paymentIntents[again](held.id));
    assert.equal(error.code, 'payment_intent_unexpected_state');
    assert.equal(error.payment_intent.id, held.id);
  }
});

test('a payment that succeeded cannot be canceled', async () => {
  const payment = await pay(stripe);
  const error = await rejection(stripe.paymentIntents.cancel(payment.id));
  assert.equal(error.code, 'payment_intent_unexpected_state');
});

test('an authorization is incremented', async () => {
  const held = await pay(stripe, {
    amount: 1000, capture_method: 'manual', payment_method_options: {card: {request_incremental_authorization: 'if_available'}},
  });
  const more = await stripe.paymentIntents.incrementAuthorization(held.id, {amount: 1500, metadata: {night: '2'}});
  assert.equal(more.status, 'requires_capture');
  assert.equal(more.amount, 1500);
  assert.equal(more.amount_capturable, 1500);
  assert.deepEqual(more.metadata, {night: '2'});
  const error = await rejection(stripe.paymentIntents.incrementAuthorization(held.id, {amount: 1500}));
  assert.equal(error.type, 'StripeInvalidRequestError');
  const captured = await stripe.paymentIntents.capture(held.id);
  assert.equal(captured.amount_received, 1500);
});

test('a declined increment leaves the authorization as it was', async () => {
  const held = await pay(stripe, {amount: 1000, capture_method: 'manual', payment_method: 'pm_card_tollgate_incrementDeclined'});
  const error = await rejection(stripe.paymentIntents.incrementAuthorization(held.id, {amount: 1500}));
  assert.equal(error.type, 'StripeCardError');
  const after = await stripe.paymentIntents.retrieve(held.id);
  assert.equal(after.status, 'requires_capture');
  assert.equal(after.amount_capturable, 1000);
});

test('a declined payment can be paid with another card', async () => {
  const created = await stripe.paymentIntents.create({amount: 1000, currency: 'usd'});
  const error = await rejection(stripe.paymentIntents.confirm(created.id, {payment_method: 'pm_card_chargeDeclined'}));
  assert.equal(error.type, 'StripeCardError');
  const declined = await stripe.paymentIntents.retrieve(created.id);
  assert.equal(declined.status, 'requires_payment_method');
  assert.equal(declined.last_payment_error.code, 'card_declined');
  const paid = await stripe.paymentIntents.confirm(created.id, {payment_method: 'pm_card_visa'});
  assert.equal(paid.status, 'succeeded');
  assert.equal(paid.last_payment_error, null);
  assert.notEqual(paid.latest_charge, declined.latest_charge);
  const charges = await all(stripe.charges.list({payment_intent: created.id}));
  assert.deepEqual(charges.map((charge) => charge.status), ['succeeded', 'failed']);
});

test('a customer\'s payments are listed by customer', async () => {
  const customer = await stripe.customers.create();
  const mine = [await pay(stripe, {customer: customer.id}), await pay(stripe, {customer: customer.id})];
  await pay(stripe);
  const listed = await all(stripe.paymentIntents.list({customer: customer.id}));
  assert.deepEqual(idsOf(listed), idsOf(mine).reverse());
  assert.ok(listed.every((payment) => payment.customer === customer.id));
});

test('related objects are expanded where they stand', async () => {
  const customer = await stripe.customers.create({description: 'expanded'});
  const payment = await pay(stripe, {customer: customer.id, expand: ['latest_charge.balance_transaction', 'customer', 'payment_method']});
  assert.equal(payment.customer.id, customer.id);
  assert.equal(payment.customer.object, 'customer');
  assert.equal(payment.payment_method.object, 'payment_method');
  assert.equal(payment.latest_charge.object, 'charge');
  assert.equal(payment.latest_charge.balance_transaction.object, 'balance_transaction');
  assert.equal(payment.latest_charge.balance_transaction.amount, 1099);
  const list = await stripe.paymentIntents.list({limit: 1, expand: ['data.latest_charge']});
  assert.equal(list.data[0].latest_charge.object, 'charge');
  const error = await rejection(stripe.paymentIntents.retrieve(payment.id, {expand: ['nonsense']}));
  assert.equal(error.type, 'StripeInvalidRequestError');
});

for (const [currency, amount] of [['jpy', 500], ['krw', 12000], ['usd', 1099], ['eur', 1], ['bhd', 12340], ['kwd', 5000]]) {
  test(`amounts are in the minor unit of ${currency}`, async () => {
    const payment = await pay(stripe, {amount: Math.max(amount, 100), currency});
    assert.equal(payment.status, 'succeeded');
    assert.equal(payment.currency, currency);
    assert.equal(payment.amount_received, Math.max(amount, 100));
    const refund = await stripe.refunds.create({payment_intent: payment.id, amount: 10});
    assert.equal(refund.currency, currency);
    assert.equal(refund.amount, 10);
    const balance = await stripe.balance.retrieve();
    assert.ok(balance.pending.some((part) => part.currency === currency) || balance.available.some((part) => part.currency === currency));
  });
}

test('shipping and receipt address come back as they were given', async () => {
  const shipping = {name: 'Jenny Rosen', address: {line1: '510 Townsend St', city: 'San Francisco', country: 'US', postal_code: '94103', state: 'CA'}};
  const payment = await pay(stripe, {shipping, receipt_email: 'jenny@example.com'});
  assert.equal(payment.receipt_email, 'jenny@example.com');
  assert.equal(payment.shipping.name, 'Jenny Rosen');
  assert.equal(payment.shipping.address.line1, '510 Townsend St');
  assert.equal((await stripe.paymentIntents.retrieve(payment.id)).shipping.address.postal_code, '94103');
});
