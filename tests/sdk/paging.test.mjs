import {test} from 'node:test';
import assert from 'node:assert/strict';
import {all, idsOf, pay, rejection, startNode} from './support.mjs';

const node = await startNode();
const stripe = node.sdk();

const made = [];
for (let i = 0; i < 25; ++i) {
  if (i === 10 || i === 20) await node.advance(3600);
  made.unshift(await pay(stripe, {amount: 1000 + i}));
}

test('a page is ten by default and newest first', async () => {
  const page = await stripe.paymentIntents.list();
  assert.equal(page.object, 'list');
  assert.equal(page.url, '/v1/payment_intents');
  assert.equal(page.has_more, true);
  assert.deepEqual(idsOf(page.data), idsOf(made.slice(0, 10)));
});

for (const limit of [1, 7, 25, 100]) {
  test(`auto-pagination with a limit of ${limit} gives everything once`, async () => {
    assert.deepEqual(idsOf(await all(stripe.paymentIntents.list({limit}))), idsOf(made));
    const charges = await all(stripe.charges.list({limit}));
    assert.deepEqual(charges.map((charge) => charge.payment_intent), idsOf(made));
    const transactions = await all(stripe.balanceTransactions.list({limit}));
    assert.deepEqual(transactions.map((item) => item.source), idsOf(charges));
  });
}

test('auto-pagination backwards with ending_before', async () => {
  const listed = await all(stripe.paymentIntents.list({limit: 4, ending_before: made[15].id}));
  assert.deepEqual(idsOf(listed), idsOf(made.slice(0, 15)).reverse());
});

test('starting_after and ending_before are neighbours of their cursor', async () => {
  const after = await stripe.paymentIntents.list({limit: 3, starting_after: made[4].id});
  assert.deepEqual(idsOf(after.data), idsOf(made.slice(5, 8)));
  const before = await stripe.paymentIntents.list({limit: 3, ending_before: made[4].id});
  assert.deepEqual(idsOf(before.data), idsOf(made.slice(1, 4)));
  assert.equal(before.has_more, true);
  const last = await stripe.paymentIntents.list({starting_after: made[24].id});
  assert.deepEqual([last.data, last.has_more], [[], false]);
});

test('created filters', async () => {
  const groups = [made.slice(15), made.slice(5, 15), made.slice(0, 5)];  // oldest first, an hour between them
  const second = groups[1][groups[1].length - 1].created, third = groups[2][groups[2].length - 1].created;
  assert.deepEqual(idsOf(await all(stripe.paymentIntents.list({created: {gte: second}}))), idsOf(made.slice(0, 15)));
  assert.deepEqual(idsOf(await all(stripe.paymentIntents.list({created: {lt: second}}))), idsOf(groups[0]));
  assert.deepEqual(idsOf(await all(stripe.paymentIntents.list({created: {gte: second, lt: third}}))), idsOf(groups[1]));
  assert.deepEqual(idsOf(await all(stripe.paymentIntents.list({created: {gt: groups[1][0].created}}))), idsOf(groups[2]));
  const exact = await all(stripe.paymentIntents.list({created: second}));
  assert.ok(exact.length >= 1 && exact.every((payment) => payment.created === second));
  assert.equal((await all(stripe.charges.list({created: {gte: third}}))).length, 5);
  assert.equal((await all(stripe.events.list({created: {gte: third}, type: 'charge.succeeded'}))).length, 5);
});

test('a limit outside of 1 to 100 and an unknown cursor are refused', async () => {
  for (const limit of [0, 101, -1]) {
    assert.equal((await rejection(stripe.paymentIntents.list({limit}))).param, 'limit');
  }
  const error = await rejection(stripe.paymentIntents.list({starting_after: 'pi_00000000000000000'}));
  assert.equal(error.code, 'resource_missing');
  assert.equal(error.param, 'starting_after');
});
