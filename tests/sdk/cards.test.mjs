// Every test card that simply succeeds, by alias and by number, and what is known of it.
import {test} from 'node:test';
import assert from 'node:assert/strict';
import {pay, startNode} from './support.mjs';

const node = await startNode();
const stripe = node.sdk();

for (const [alias, number, brand, country] of [
  ['visa', '4242424242424242', 'visa', 'US'], ['visa_debit', '4000056655665556', 'visa', 'US'],
  ['mastercard', '5555555555554444', 'mastercard', 'US'], ['amex', '378282246310005', 'amex', 'US'],
  ['discover', '6011111111111117', 'discover', 'US'], ['diners', '3056930009020004', 'diners', 'US'],
  ['jcb', '3566002020360505', 'jcb', 'JP'], ['unionpay', '6200000000000005', 'unionpay', 'CN'],
  ['de', '4000002760000016', 'visa', 'DE'], ['gb', '4000008260000000', 'visa', 'GB'], ['bypassPending', '4000000000000077', 'visa', 'US'],
]) {
  test(`${alias}: ${number} succeeds`, async () => {
    const byAlias = await pay(stripe, {payment_method: `pm_card_${alias}`, expand: ['latest_charge']});
    assert.equal(byAlias.status, 'succeeded');
    const details = byAlias.latest_charge.payment_method_details.card;
    assert.deepEqual([details.brand, details.last4, details.country], [brand, number.slice(-4), country]);
    const method = await stripe.paymentMethods.create({type: 'card', card: {number, exp_month: 1, exp_year: 2041}});
    assert.deepEqual([method.card.brand, method.card.last4], [brand, number.slice(-4)]);
    assert.equal((await pay(stripe, {payment_method: method.id})).status, 'succeeded');
    const token = await pay(stripe, {payment_method: undefined, payment_method_data: {type: 'card', card: {token: `tok_${alias}`}}});
    assert.equal(token.status, 'succeeded');
  });
}

test('a number that is no test card is refused in test mode', async () => {
  const method = await stripe.paymentMethods.create({type: 'card', card: {number: '4539578763621486', exp_month: 1, exp_year: 2041}}).catch((error) => error);
  const error = method.type === 'card' ? await pay(stripe, {payment_method: method.id}).catch((refused) => refused) : method;
  assert.equal(error.type, 'StripeCardError');
});
