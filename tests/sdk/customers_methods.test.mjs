import {test} from 'node:test';
import assert from 'node:assert/strict';
import {all, idsOf, pay, rejection, startNode} from './support.mjs';

const node = await startNode();
const stripe = node.sdk();

const card = (number = '4242424242424242', more = {}) => ({type: 'card', card: {number, exp_month: 12, exp_year: 2040, cvc: '123', ...more}});

test('a customer is created, read, changed and deleted', async () => {
  const created = await stripe.customers.create({
    name: 'Jenny Rosen', email: 'jenny@example.com', phone: '+15551234', description: 'first', metadata: {crm: '1'},
    address: {line1: '1 Main St', city: 'Springfield', country: 'US'},
  });
  assert.equal(created.object, 'customer');
  assert.equal(created.name, 'Jenny Rosen');
  assert.equal(created.email, 'jenny@example.com');
  assert.equal(created.address.line1, '1 Main St');
  assert.deepEqual(await stripe.customers.retrieve(created.id), created);

  const updated = await stripe.customers.update(created.id, {email: 'rosen@example.com', metadata: {crm: '', vip: 'yes'}});
  assert.equal(updated.email, 'rosen@example.com');
  assert.equal(updated.name, 'Jenny Rosen');
  assert.equal(updated.address.line1, '1 Main St');
  assert.deepEqual(updated.metadata, {vip: 'yes'});
  const emptied = await stripe.customers.update(created.id, {description: ''});
  assert.equal(emptied.description, null);

  const gone = await stripe.customers.del(created.id);
  assert.deepEqual([gone.id, gone.object, gone.deleted], [created.id, 'customer', true]);
  const read = await stripe.customers.retrieve(created.id);
  assert.equal(read.deleted, true);
  assert.ok(!JSON.stringify(read).includes('rosen@example.com'));
  await rejection(stripe.customers.update(created.id, {name: 'again'}));
});

test('a customer is created with a card to charge later', async () => {
  const method = await stripe.paymentMethods.create({type: 'card', card: {token: 'tok_visa'}});
  const params = {payment_method: method.id, invoice_settings: {default_payment_method: method.id}, preferred_locales: ['en'], tax_exempt: 'none'};
  const customer = await stripe.customers.create(params);
  assert.equal(customer.invoice_settings.default_payment_method, method.id);
  assert.deepEqual(idsOf((await stripe.customers.listPaymentMethods(customer.id)).data), [method.id]);
  const payment = await pay(stripe, {customer: customer.id, payment_method: method.id, off_session: true});
  assert.equal(payment.status, 'succeeded');
  const error = await rejection(stripe.customers.create({payment_method: method.id}));
  assert.equal(error.code, 'payment_method_unexpected_state');
});

test('customers are listed without those that were deleted', async () => {
  const made = [];
  for (let i = 0; i < 4; ++i) made.push(await stripe.customers.create({name: `Customer ${i}`}));
  await stripe.customers.del(made[1].id);
  const listed = idsOf((await stripe.customers.list({limit: 3})).data);
  assert.deepEqual(listed, [made[3].id, made[2].id, made[0].id]);
});

test('a payment method shows the card without its number', async () => {
  const method = await stripe.paymentMethods.create({...card('5555555555554444'), billing_details: {name: 'Jenny', address: {postal_code: '12345'}}, metadata: {k: 'v'}});
  assert.equal(method.object, 'payment_method');
  assert.equal(method.type, 'card');
  assert.equal(method.customer, null);
  assert.equal(method.card.brand, 'mastercard');
  assert.equal(method.card.last4, '4444');
  assert.equal(method.card.exp_month, 12);
  assert.equal(method.card.exp_year, 2040);
  assert.equal(method.billing_details.name, 'Jenny');
  assert.equal(method.billing_details.address.postal_code, '12345');
  assert.deepEqual(method.metadata, {k: 'v'});
  assert.ok(!JSON.stringify(method).includes('5555555555554444'));
  assert.deepEqual(await stripe.paymentMethods.retrieve(method.id), method);
});

test('the same card has the same fingerprint for one partner, another for another', async () => {
  const first = await stripe.paymentMethods.create(card()), second = await stripe.paymentMethods.create(card());
  const other = await stripe.paymentMethods.create(card('5555555555554444'));
  const partner = await node.partner();
  const elsewhere = await partner.stripe.paymentMethods.create(card());
  assert.notEqual(first.id, second.id);
  assert.equal(first.card.fingerprint, second.card.fingerprint);
  assert.notEqual(first.card.fingerprint, other.card.fingerprint);
  assert.notEqual(first.card.fingerprint, elsewhere.card.fingerprint);
});

test('a payment method is attached, listed, updated and detached', async () => {
  const customer = await stripe.customers.create();
  const method = await stripe.paymentMethods.create(card());
  const attached = await stripe.paymentMethods.attach(method.id, {customer: customer.id});
  assert.equal(attached.customer, customer.id);
  const second = await stripe.paymentMethods.attach('pm_card_mastercard', {customer: customer.id});
  assert.match(second.id, /^pm_/);
  assert.notEqual(second.id, 'pm_card_mastercard');
  assert.deepEqual(idsOf((await stripe.paymentMethods.list({customer: customer.id, type: 'card'})).data), [second.id, method.id]);
  assert.deepEqual(idsOf((await stripe.customers.listPaymentMethods(customer.id)).data), [second.id, method.id]);

  const updated = await stripe.paymentMethods.update(method.id, {metadata: {a: 'b'}, card: {exp_month: 1, exp_year: 2041}});
  assert.deepEqual([updated.card.exp_month, updated.card.exp_year], [1, 2041]);
  assert.deepEqual(updated.metadata, {a: 'b'});

  const other = await stripe.customers.create();
  const taken = await rejection(stripe.paymentMethods.attach(method.id, {customer: other.id}));
  assert.equal(taken.type, 'StripeInvalidRequestError');

  const detached = await stripe.paymentMethods.detach(method.id);
  assert.equal(detached.customer, null);
  assert.deepEqual(idsOf((await stripe.paymentMethods.list({customer: customer.id})).data), [second.id]);
  for (const use of [() => stripe.paymentMethods.attach(method.id, {customer: customer.id}), () => pay(stripe, {payment_method: method.id})]) {
    assert.equal((await rejection(use())).type, 'StripeInvalidRequestError');
  }
});

test('a stored card is charged off session', async () => {
  const customer = await stripe.customers.create();
  const method = await stripe.paymentMethods.attach('pm_card_visa', {customer: customer.id});
  await stripe.customers.update(customer.id, {invoice_settings: {default_payment_method: method.id}});
  assert.equal((await stripe.customers.retrieve(customer.id)).invoice_settings.default_payment_method, method.id);
  const payment = await pay(stripe, {customer: customer.id, payment_method: method.id, off_session: true});
  assert.equal(payment.status, 'succeeded');
  assert.equal(payment.customer, customer.id);
  assert.equal(payment.payment_method, method.id);
});

test('a card of one customer cannot be charged for another', async () => {
  const mine = await stripe.customers.create(), other = await stripe.customers.create();
  const method = await stripe.paymentMethods.attach('pm_card_visa', {customer: mine.id});
  const error = await rejection(pay(stripe, {customer: other.id, payment_method: method.id}));
  assert.equal(error.type, 'StripeInvalidRequestError');
});

test('deleting a customer detaches its cards', async () => {
  const customer = await stripe.customers.create();
  const method = await stripe.paymentMethods.attach('pm_card_visa', {customer: customer.id});
  await stripe.customers.del(customer.id);
  assert.equal((await stripe.paymentMethods.retrieve(method.id)).customer, null);
  assert.equal((await rejection(pay(stripe, {payment_method: method.id}))).type, 'StripeInvalidRequestError');
});

for (const [what, data, code, param] of [
  ['a wrong check digit', card('4242424242424241'), 'incorrect_number', 'number'],
  ['a month that is none', card('4242424242424242', {exp_month: 13}), 'invalid_expiry_month', 'exp_month'],
  ['a year in the past', card('4242424242424242', {exp_year: 1999}), 'invalid_expiry_year', 'exp_year'],
  ['a CVC that is too short', card('4242424242424242', {cvc: '99'}), 'invalid_cvc', 'cvc'],
]) {
  test(`a card with ${what} is refused`, async () => {
    const error = await rejection(stripe.paymentMethods.create(data));
    assert.equal(error.type, 'StripeCardError');
    assert.equal(error.code, code);
    assert.ok(error.param.includes(param), error.param);
  });
}

test('a customer is named in the list of its methods only if it exists', async () => {
  const error = await rejection(stripe.paymentMethods.attach('pm_card_visa', {customer: 'cus_00000000000000000'}));
  assert.equal(error.code, 'resource_missing');
  assert.equal(error.param, 'customer');
});

test('payment methods are listed page by page', async () => {
  const customer = await stripe.customers.create();
  const made = [];
  for (let i = 0; i < 7; ++i) made.unshift(await stripe.paymentMethods.attach('pm_card_visa', {customer: customer.id}));
  assert.deepEqual(idsOf(await all(stripe.paymentMethods.list({customer: customer.id, limit: 3}))), idsOf(made));
});
