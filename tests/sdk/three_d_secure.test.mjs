import {test} from 'node:test';
import assert from 'node:assert/strict';
import {completeChallenge} from './challenge.mjs';
import {pay, rejection, startNode} from './support.mjs';

const node = await startNode();
const stripe = node.sdk();
const return_url = 'https://shop.example/return?order=7';

test('the challenge is followed from next_action to success', async () => {
  const payment = await pay(stripe, {payment_method: 'pm_card_threeDSecure2Required', return_url});
  assert.equal(payment.status, 'requires_action');
  assert.equal(payment.next_action.type, 'redirect_to_url');
  assert.equal(payment.next_action.redirect_to_url.return_url, return_url);
  assert.equal(payment.amount_received, 0);
  const returned = new URL(await completeChallenge(payment.next_action, 'complete'));
  assert.equal(returned.origin + returned.pathname, 'https://shop.example/return');
  assert.equal(returned.searchParams.get('order'), '7');
  assert.equal(returned.searchParams.get('payment_intent'), payment.id);
  assert.equal(returned.searchParams.get('payment_intent_client_secret'), payment.client_secret);
  const paid = await stripe.paymentIntents.retrieve(payment.id, {expand: ['latest_charge']});
  assert.equal(paid.status, 'succeeded');
  assert.equal(paid.next_action, null);
  assert.equal(paid.latest_charge.payment_method_details.card.three_d_secure?.result, 'authenticated');
});

test('a failed challenge fails the attempt and the payment can be tried again', async () => {
  const payment = await pay(stripe, {payment_method: 'pm_card_authenticationRequired', return_url});
  assert.equal(payment.status, 'requires_action');
  await completeChallenge(payment.next_action, 'fail');
  const failed = await stripe.paymentIntents.retrieve(payment.id);
  assert.equal(failed.status, 'requires_payment_method');
  assert.equal(failed.last_payment_error.code, 'payment_intent_authentication_failure');
  const paid = await stripe.paymentIntents.confirm(payment.id, {payment_method: 'pm_card_visa'});
  assert.equal(paid.status, 'succeeded');
});

test('authentication with manual capture holds the amount', async () => {
  const payment = await pay(stripe, {payment_method: 'pm_card_threeDSecure2Required', capture_method: 'manual', return_url});
  await completeChallenge(payment.next_action, 'complete');
  const held = await stripe.paymentIntents.retrieve(payment.id);
  assert.equal(held.status, 'requires_capture');
  assert.equal((await stripe.paymentIntents.capture(payment.id)).status, 'succeeded');
});

test('a challenge that succeeded can still be declined by the issuer', async () => {
  const payment = await pay(stripe, {payment_method: 'pm_card_threeDSecureRequiredChargeDeclined', return_url});
  assert.equal(payment.status, 'requires_action');
  await completeChallenge(payment.next_action, 'complete');
  const declined = await stripe.paymentIntents.retrieve(payment.id);
  assert.equal(declined.status, 'requires_payment_method');
  assert.equal(declined.last_payment_error.code, 'card_declined');
});

test('a challenge is answered once', async () => {
  const payment = await pay(stripe, {payment_method: 'pm_card_threeDSecure2Required', return_url});
  await completeChallenge(payment.next_action, 'complete');
  await completeChallenge(payment.next_action, 'fail').catch(() => {});
  const paid = await stripe.paymentIntents.retrieve(payment.id);
  assert.equal(paid.status, 'succeeded');
  assert.equal((await stripe.charges.list({payment_intent: payment.id})).data.length, 1);
});

test('off session there is no one to ask: the charge is declined', async () => {
  const customer = await stripe.customers.create();
  const method = await stripe.paymentMethods.attach('pm_card_authenticationRequired', {customer: customer.id});
  const error = await rejection(pay(stripe, {customer: customer.id, payment_method: method.id, off_session: true}));
  assert.equal(error.type, 'StripeCardError');
  assert.equal(error.code, 'authentication_required');
  assert.equal(error.raw.payment_intent.status, 'requires_payment_method');
});

test('error_on_requires_action refuses what would need a challenge', async () => {
  const error = await rejection(pay(stripe, {payment_method: 'pm_card_threeDSecure2Required', error_on_requires_action: true}));
  assert.equal(error.type, 'StripeCardError');
  assert.equal(error.code, 'authentication_required');
});

test('a payment that waits for its challenge can be canceled', async () => {
  const payment = await pay(stripe, {payment_method: 'pm_card_threeDSecure2Required', return_url});
  const canceled = await stripe.paymentIntents.cancel(payment.id);
  assert.equal(canceled.status, 'canceled');
  await completeChallenge(payment.next_action, 'complete').catch(() => {});
  assert.equal((await stripe.paymentIntents.retrieve(payment.id)).status, 'canceled');
});
