import {test} from 'node:test';
import assert from 'node:assert/strict';
import {createServer, connect} from 'node:net';
import {all, pay, rejection, startNode} from './support.mjs';

const node = await startNode();
const stripe = node.sdk();

let keys = 0;
const newKey = () => `order-${process.pid}-${++keys}`;
const form = (params) => ({headers: {'content-type': 'application/x-www-form-urlencoded'}, body: new URLSearchParams(params).toString()});
const keyed = (key, params) => ({body: form(params).body, headers: {...form(params).headers, 'idempotency-key': key}});
const sale = {amount: '1099', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true'};

test('a repeat gives the same answer and says so', async () => {
  const key = newKey();
  const first = await node.raw('POST', '/v1/payment_intents', keyed(key, sale));
  assert.equal(first.status, 200, first.text);
  assert.equal(first.headers.get('idempotent-replayed'), null);
  assert.equal(first.headers.get('idempotency-key'), key);
  const again = await node.raw('POST', '/v1/payment_intents', keyed(key, sale));
  assert.equal(again.status, 200);
  assert.equal(again.text, first.text);
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
  assert.equal(again.headers.get('original-request'), first.headers.get('request-id'));
});

test('a repeat gives the first answer even after the payment has moved on', async () => {
  const key = newKey();
  const params = {...sale, capture_method: 'manual'};
  const first = await node.raw('POST', '/v1/payment_intents', keyed(key, params));
  await stripe.paymentIntents.capture(first.json.id, {amount_to_capture: 100});
  await stripe.refunds.create({payment_intent: first.json.id});
  const again = await node.raw('POST', '/v1/payment_intents', keyed(key, params));
  assert.equal(again.text, first.text);
});

test('a decline is kept and replayed', async () => {
  const key = newKey();
  const params = {...sale, payment_method: 'pm_card_chargeDeclined'};
  const first = await node.raw('POST', '/v1/payment_intents', keyed(key, params));
  assert.equal(first.status, 402);
  const again = await node.raw('POST', '/v1/payment_intents', keyed(key, params));
  assert.equal(again.status, 402);
  assert.equal(again.text, first.text);
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
});

test('refunds, captures and customers are replayed as well', async () => {
  const held = await pay(stripe, {capture_method: 'manual'});
  for (const [path, params] of [
    [`/v1/payment_intents/${held.id}/capture`, {amount_to_capture: '500'}],
    ['/v1/refunds', {payment_intent: held.id, amount: '20'}],
    ['/v1/customers', {name: 'Jenny'}],
    ['/v1/payment_methods', {type: 'card', 'card[number]': '4242424242424242', 'card[exp_month]': '12', 'card[exp_year]': '2040'}],
    ['/v1/setup_intents', {payment_method: 'pm_card_visa', confirm: 'true'}],
  ]) {
    const key = newKey();
    const first = await node.raw('POST', path, keyed(key, params));
    assert.equal(first.status, 200, `${path}: ${first.text}`);
    const again = await node.raw('POST', path, keyed(key, params));
    assert.equal(again.text, first.text, path);
    assert.equal(again.headers.get('idempotent-replayed'), 'true', path);
  }
  const charge = await stripe.charges.retrieve(held.latest_charge);
  assert.deepEqual([charge.amount_captured, charge.amount_refunded], [500, 20 + held.amount - 500]);
});

test('the same key with other parameters is refused and what differs is named', async () => {
  const key = newKey();
  await pay(stripe, {amount: 1099}, {idempotencyKey: key});
  const error = await rejection(pay(stripe, {amount: 1100}, {idempotencyKey: key}));
  assert.equal(error.type, 'StripeIdempotencyError');
  assert.equal(error.statusCode, 400);
  assert.ok(error.message.includes('amount'), error.message);
  const path = await rejection(stripe.customers.create({}, {idempotencyKey: key}));
  assert.equal(path.type, 'StripeIdempotencyError');
});

test('keys of two partners and of reads do not meet', async () => {
  const key = newKey();
  const partner = await node.partner();
  const mine = await pay(stripe, {amount: 500}, {idempotencyKey: key});
  const theirs = await pay(partner.stripe, {amount: 700}, {idempotencyKey: key});
  assert.notEqual(mine.id, theirs.id);
  assert.equal(theirs.amount, 700);
});

test('a refused parameter does not use the key up', async () => {
  const key = newKey();
  await rejection(stripe.paymentIntents.create({amount: -1, currency: 'usd'}, {idempotencyKey: key}));
  const payment = await stripe.paymentIntents.create({amount: 1, currency: 'jpy'}, {idempotencyKey: key}).catch((error) => error);
  assert.notEqual(payment.type, 'StripeIdempotencyError');
});

test('a key that is too long is refused', async () => {
  const error = await rejection(pay(stripe, {}, {idempotencyKey: 'k'.repeat(256)}));
  assert.equal(error.statusCode, 400);
  assert.equal((await pay(stripe, {}, {idempotencyKey: `${newKey()}-`.padEnd(255, 'k')})).status, 'succeeded');
});

// Forwards to the node, and cuts the first `cuts` connections when their request has been handed on whole: before anything of the
// answer, or when the answer is on its way.
async function cuttingProxy(cuts, when) {
  let cut = 0;
  const sockets = new Set();
  const server = createServer((client) => {
    const upstream = connect(node.port, '127.0.0.1');
    const doomed = cut < cuts;
    if (doomed) ++cut;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (chunk) => {
      upstream.write(chunk);
      if (doomed && when === 'request sent') setTimeout(() => client.destroy(), 5);
    });
    upstream.on('data', (chunk) => {
      if (doomed) client.destroy();
      else client.write(chunk);
    });
    client.on('close', () => { if (!doomed) upstream.destroy(); });
    upstream.on('close', () => client.destroy());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    cuts: () => cut,
    close: () => new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(resolve);
    }),
  };
}

for (const when of ['request sent', 'answer on its way']) {
  test(`the SDK retries when the connection is cut with the ${when}: executed once`, async () => {
    const partner = await node.partner();
    const proxy = await cuttingProxy(2, when);
    const shaky = node.sdk({key: partner.key, port: proxy.port, maxNetworkRetries: 4});
    const payment = await pay(shaky, {amount: 4321});
    assert.equal(payment.status, 'succeeded');
    assert.equal(proxy.cuts(), 2);
    const payments = await all(partner.stripe.paymentIntents.list());
    assert.deepEqual(payments.map((item) => item.id), [payment.id]);
    assert.equal((await all(partner.stripe.charges.list())).length, 1);
    await proxy.close();
  });
}

test('many copies of one request at once execute it once', async () => {
  const key = newKey();
  const partner = await node.partner();
  const results = await Promise.all(
      Array.from({length: 40}, () => pay(partner.stripe, {amount: 777}, {idempotencyKey: key, maxNetworkRetries: 8})));
  assert.equal(new Set(results.map((payment) => payment.id)).size, 1);
  assert.ok(results.every((payment) => payment.status === 'succeeded'));
  assert.equal((await all(partner.stripe.charges.list())).length, 1);
  const balance = await partner.stripe.balance.retrieve();
  assert.equal(balance.pending.find((part) => part.currency === 'usd').amount, 777);
});
