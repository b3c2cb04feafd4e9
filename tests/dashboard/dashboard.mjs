// What an operator does in a day, in the order of the day: each step goes on from where the one before it ended.
import assert from 'node:assert/strict';
import {Browser} from './browser.mjs';
import {everythingIsNamed, reachedByKeyboard, textCanBeRead} from './checks.mjs';
import {resolveByHand} from './doubt.mjs';
import {Gateway} from './gateway.mjs';
import {steps as people} from './people.mjs';

const partners = 5_000;
const steps = [];
const step = (name, run) => steps.push({name, run});
const day = {}; // what later steps need of earlier ones

step('The page is there without a token, kept by its tag, and says nothing of the node', async ({base}) => {
  const first = await fetch(base + '/');
  assert.equal(first.status, 200);
  assert.match(first.headers.get('content-security-policy'), /default-src 'none'/);
  const again = await fetch(base + '/', {headers: {'If-None-Match': first.headers.get('etag')}});
  assert.equal(again.status, 304);
  const script = (await first.text()).match(/\/assets\/app-\w+\.js/)[0];
  const loaded = await fetch(base + script);
  assert.match(loaded.headers.get('cache-control'), /immutable/);
  assert.equal((await fetch(base + script, {headers: {'If-None-Match': loaded.headers.get('etag')}})).status, 304);
  assert.equal((await fetch(base + '/admin/v1/payments')).status, 401);
});

step('A wrong token is refused, the right one logs in and leaves no trace in the address', async ({browser, where}) => {
  await browser.page.goto(browser.base);
  await browser.fill('input[name=token]', 'not the token');
  await browser.press('Log in');
  await browser.see('form', 'does not know this token');
  await browser.picture('login');
  browser.problems = browser.problems.filter((text) => !text.includes('401')); // the browser's own line for it
  await browser.fill('input[name=token]', where.admin_token);
  await browser.page.keyboard.press('Enter');
  await browser.see('h1', 'Overview');
  await browser.see('.pulse', 'Live');
  assert.ok(!browser.page.url().includes(where.admin_token));
  assert.equal(await browser.page.evaluate(() => document.cookie + localStorage.length), '0');
});

step('A partner is onboarded, and its key is shown once', async ({browser}) => {
  await browser.page.keyboard.press('g');
  await browser.page.keyboard.press('p');
  await browser.see('h1', 'Partners');
  await browser.page.keyboard.press('c');
  await browser.see('dialog', 'New partner');
  await browser.page.waitForFunction(() => document.activeElement.name === 'name', {polling: 100});
  await browser.page.keyboard.type('Corner Shop');
  await browser.page.keyboard.press('Enter');
  await browser.see('dialog', 'Corner Shop is ready');
  await browser.picture('partner-created');
  day.key = await browser.text('dialog .secret');
  assert.match(day.key, /^sk_test_\w{40,}$/);
  await browser.page.keyboard.press('Escape'); // not by mistake
  await browser.see('dialog', day.key.slice(0, 12));
  await browser.press('I have kept it', 'dialog');
  await browser.see('h1', 'Corner Shop');
  day.partner = (await browser.page.url()).match(/acct_\w+/)[0];
  assert.ok(!(await browser.page.content()).includes(day.key));
});

step('Its payment arrives while one looks', async ({browser, gateway}) => {
  await browser.go('/payments');
  await browser.see('h1', 'Payments');
  const payment = await gateway.pay(day.key, {amount: 4711, metadata: {order: 'A-17'}});
  assert.equal(payment.status, 200);
  day.payment = payment.body.id;
  await browser.see(`tr[data-payment="${day.payment}"]`, '47.11 USD');
  await browser.see(`tr[data-payment="${day.payment}"]`, 'Corner Shop');
  await browser.see(`tr[data-payment="${day.payment}"]`, 'Succeeded');
  const declined = await gateway.pay(day.key, {amount: 900, card: 'pm_card_chargeDeclinedInsufficientFunds'});
  assert.equal(declined.status, 402);
  await browser.see('td', 'Insufficient funds');
  await browser.picture('payments');
});

step('Payments are found by amount, last four, state and metadata', async ({browser}) => {
  const found = `tr[data-payment="${day.payment}"]`;
  const search = async (address, fits) => {
    await browser.go('/payments' + address);
    if (fits) await browser.see(found);
    else await browser.see('.empty', 'No payment fits');
  };
  await search('?amount=47.11', true);
  await search('?amount=47.12', false);
  await search(`?metadata=order%3DA-17&partner=${day.partner}`, true);
  await search('?last4=4242&status=succeeded', true);
  await search('?last4=9999', false);
  await search('?amount=47.11&currency=usd', true);
  await search('?amount=47.11&currency=eur', false);
  await search('?status=refunded', false);
  await browser.go('/payments');
  await browser.see(found);
  await browser.fill('input[placeholder="Last four"]', '9999');
  await browser.see('.empty', 'No payment fits');
  await browser.press('Clear');
  await browser.see(found);
  // As they are typed, with a partner that is found by a part of its name.
  await browser.fill('input[placeholder="Amount"]', '47.11');
  await browser.fill('input[placeholder="Currency"]', 'usd');
  await browser.fill('input[placeholder="Metadata"]', 'order=A-17');
  await browser.fill('input[placeholder="Any partner"]', 'Corner Shop');
  await browser.page.waitForFunction((partner) => location.hash.includes(`partner=${partner}`), {polling: 100}, day.partner);
  await browser.page.waitForFunction(() => document.querySelectorAll('tr[data-payment]').length === 1, {polling: 100});
  await browser.see(found);
  await browser.press('Clear');
  await browser.page.waitForFunction(() => document.querySelectorAll('tr[data-payment]').length > 1, {polling: 100});
});

step('Its timeline is followed, and the receipt is had', async ({browser}) => {
  await browser.page.keyboard.press('Escape'); // out of the field
  await browser.page.keyboard.press('/');
  await browser.page.keyboard.type(day.payment);
  await browser.page.keyboard.press('Enter');
  await browser.see('h1', '47.11 USD');
  await browser.see('.timeline li', 'Payment created');
  await browser.see('.timeline li', 'POST /v1/payment_intents');
  await browser.see('.timeline li', 'acquirer took');
  await browser.press('Payment created', '.timeline');
  await browser.see('.timeline pre', '"sequence"');
  await browser.picture('payment');
  const receipt = browser.page.waitForResponse((response) => response.url().includes('/receipt'));
  await browser.press('Receipt');
  assert.equal((await receipt).status(), 200);
});

step('The overview shows the traffic, and an error as it happens', async ({browser, gateway}) => {
  await browser.go('/');
  await browser.see('.figure', 'Throughput');
  await browser.page.waitForFunction(() => document.querySelectorAll('.chart canvas').length === 3);
  for (let i = 0; i < 12; ++i) assert.equal((await gateway.pay(day.key, {amount: 1000 + i})).status, 200);
  await browser.see('table.rows', 'Corner Shop');
  assert.equal((await gateway.pay('sk_test_wrong')).status, 401);
  await browser.see('section.card', 'POST /v1/payment_intents');
  await browser.see('.figure', '%');
  await browser.picture('overview');
});

step('A limit is set, a key rolled: the old and the new one both work', async ({browser, gateway}) => {
  await browser.go(`/partners/${day.partner}`);
  await browser.press('Change limits');
  await browser.fill('dialog input[name=requests_per_second]', '200');
  await browser.fill('dialog input[name=burst]', '500');
  await browser.press('Save limits', 'dialog');
  await browser.gone('dialog');
  await browser.see('.meter', 'of 200, burst 500');
  await browser.see('.meter', 'no limit: not counted'); // the node adds up a day's amount only against a limit
  await browser.press('Roll');
  await browser.see('dialog', 'stays valid for a day');
  await browser.press('Roll key', 'dialog');
  await browser.see('dialog .secret', 'sk_test_');
  const rolled = await browser.text('dialog .secret');
  assert.notEqual(rolled, day.key);
  await browser.press('I have kept it', 'dialog');
  await browser.see('td', 'Ends in');
  assert.equal((await gateway.pay(day.key)).status, 200);
  assert.equal((await gateway.pay(rolled)).status, 200);
  await browser.picture('partner');
});

step('It is suspended and resumed, and each holds at once', async ({browser, gateway}) => {
  await browser.press('Suspend', 'main');
  await browser.see('dialog', 'Suspend Corner Shop?');
  await browser.page.keyboard.type('unusual traffic');
  await browser.picture('suspend');
  await browser.press('Suspend partner', 'dialog');
  await browser.see('.banner', 'unusual traffic');
  const refused = await gateway.pay(day.key);
  assert.notEqual(refused.status, 200);
  await browser.press('Resume');
  await browser.press('Resume partner', 'dialog');
  await browser.see('header.page', 'Active');
  assert.equal((await gateway.pay(day.key)).status, 200);
});

step('Thousands of partners come page by page, stay few in the page, and are found by a part of their name', async ({browser}) => {
  await browser.go('/partners');
  await browser.see('.sub', '5,001 in all');
  await browser.see('.more', '1 to 50');
  const first = await browser.text('tbody th');
  await browser.press('Next');
  await browser.see('.more', '51 to 100');
  await browser.press('Next');
  await browser.see('.more', '101 to 150');
  assert.notEqual(await browser.text('tbody th'), first);
  assert.equal(await browser.page.$$eval('tbody tr', (rows) => rows.length), 50);
  assert.ok((await browser.page.$$eval('*', (all) => all.length)) < 2_000);
  await browser.press('Previous');
  await browser.see('.more', '51 to 100');
  await browser.press('Previous');
  await browser.see('.more', '1 to 50');
  assert.equal(await browser.text('tbody th'), first);
  await browser.page.keyboard.press('j');
  await browser.page.keyboard.press('j');
  await browser.page.keyboard.press('k');
  assert.equal(await browser.page.evaluate(() => document.activeElement.innerText), first);
  await browser.page.keyboard.press('/');
  await browser.page.keyboard.type('partner 4711');
  await browser.page.waitForFunction(() => document.querySelectorAll('table.rows tbody tr').length === 1, {polling: 100});
  await browser.see('tbody th', 'Dev partner 4711');
  await browser.fill('input[type=search]', 'nobody is called so');
  await browser.see('.empty', 'No partner fits');
});

step('Everything is reached with the keyboard', async ({browser}) => {
  await browser.page.reload();
  await browser.see('.pulse', 'Live');
  await browser.page.keyboard.press('Tab');
  assert.equal(await browser.page.evaluate(() => document.activeElement.className), 'skip');
  await browser.page.keyboard.press('Enter');
  assert.equal(await browser.page.evaluate(() => document.activeElement.id), 'main');
  await browser.page.keyboard.press('?');
  await browser.see('dialog', 'Keyboard shortcuts');
  await browser.picture('shortcuts');
  await browser.page.keyboard.press('Escape');
  await browser.gone('dialog');
  for (const [key, title] of [
    ['d', 'In doubt'],
    ['n', 'Node'],
    ['y', 'Payments'],
    ['o', 'Overview'],
  ]) {
    await browser.page.keyboard.press('g');
    await browser.page.keyboard.press(key);
    await browser.see('h1', title);
  }
  for (const hash of ['/', '/partners', `/partners/${day.partner}`, '/payments', `/payments/${day.payment}`, '/node']) {
    await browser.go(hash);
    await browser.see('h1');
    await browser.gone('.loading');
    await everythingIsNamed(browser);
    await reachedByKeyboard(browser);
    await textCanBeRead(browser);
  }
  await browser.go('/');
  await browser.see('h1', 'Overview');
});

step('It is dark where the system is, and the switch turns it', async ({browser}) => {
  const ground = () => browser.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await browser.page.emulateMediaFeatures([{name: 'prefers-color-scheme', value: 'dark'}]);
  await browser.page.waitForFunction(
    (before) => getComputedStyle(document.documentElement).backgroundColor !== before,
    {polling: 100},
    light,
  );
  await browser.picture('dark');
  await browser.page.keyboard.press('t');
  assert.equal(await ground(), light);
  await browser.page.keyboard.press('t');
  assert.notEqual(await ground(), light);
});

step('No page is wider than a narrow screen', async ({browser}) => {
  await browser.page.setViewport({width: 360, height: 740});
  for (const [hash, title] of [
    ['/', 'Overview'],
    ['/partners', 'Partners'],
    [`/partners/${day.partner}`, 'Corner Shop'],
    ['/payments', 'Payments'],
    [`/payments/${day.payment}`, 'USD'],
    ['/in-doubt', 'In doubt'],
    ['/node', 'Node'],
  ]) {
    await browser.go(hash);
    await browser.see('h1', title);
    await browser.gone('.loading');
    await browser.fits(hash);
    await browser.picture(`narrow-${title.toLowerCase().replace(' ', '-')}`);
  }
  await browser.page.setViewport({width: 1360, height: 900});
});

step('What fails is said in words, and the page goes on when the node is back', async ({browser}) => {
  await browser.go('/payments/pi_00000000000000001');
  await browser.see('.problem', 'No partner has such a payment');
  await browser.go('/nowhere');
  await browser.see('.empty', 'no such page');
  browser.problems = browser.problems.filter((text) => !text.includes('404'));
});

step('Nothing but the node was asked, and nothing went wrong behind the page', async ({browser}) => {
  assert.deepEqual(browser.foreign, []);
  assert.deepEqual(browser.problems, []);
  assert.deepEqual(await browser.page.evaluate(() => window.breaches), []);
});

step('A script from elsewhere in the page would not run', async ({browser}) => {
  await browser.page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
  });
  await browser.page.waitForFunction(() => window.breaches.length > 0, {polling: 100});
  assert.equal(await browser.page.evaluate(() => window.ran), undefined);
});

step('Two people resolve a payment that its acquirer leaves in doubt', resolveByHand);

step('Logging out forgets the token', async ({browser}) => {
  await browser.press('Log out');
  await browser.see('form', 'Admin token');
  assert.equal(await browser.page.evaluate(() => sessionStorage.length), 0);
});

let passed = 0,
  failed = 0;
// One day after the other, each with a node and a browser of its own.
async function live(all, start) {
  let gateway, browser;
  try {
    gateway = await start();
    browser = await Browser.start(gateway.where.admin);
    for (const {name, run} of all) {
      try {
        await run({browser, gateway, base: gateway.where.admin, where: gateway.where});
        ++passed;
      } catch (error) {
        ++failed;
        console.log(`failed: ${name}\n  ${String(error.stack ?? error).replaceAll('\n', '\n  ')}`);
        await browser.picture(`failed-${failed}`);
      }
    }
  } catch (error) {
    ++failed;
    console.log(`failed: ${error.stack ?? error}`);
  }
  await browser?.stop().catch(() => {});
  await gateway?.stop();
}
const only = process.argv[2]; // one of them
if (!only || only === 'operator') await live(steps, () => Gateway.start(['--partners', String(partners)]));
if (!only || only === 'people') await live(people, () => Gateway.serve());
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
