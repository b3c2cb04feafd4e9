// A node with several people: each sees what they may, and some things need two of them. In the order of a day, like dashboard.mjs.
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {chartLine, everythingIsNamed, reachedByKeyboard, textCanBeRead} from './checks.mjs';

const outageMs = 5_000,
  holePixels = 8;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
export const steps = [];
const step = (name, run) => steps.push({name, run});
const day = {tokens: {}};

async function logIn(browser, name) {
  await browser.page.goto(browser.base + '/#/');
  await browser.page.evaluate(() => sessionStorage.clear());
  await browser.page.reload();
  await browser.fill('input[name=token]', day.tokens[name]);
  await browser.page.keyboard.press('Enter');
  await browser.see('h1', 'Overview');
  await browser.see('.pulse', 'Live');
  await browser.see('.foot .who', name);
}
const buttons = (browser) => browser.page.$$eval('main button', (all) => all.map((one) => one.getAttribute('aria-label') ?? one.innerText.trim()));
const limitOf = async (gateway) => (await gateway.admin(`partners/${day.partner}`)).body.limits.requests_per_second;
const ask = (gateway, name, to) => gateway.admin(`partners/${day.partner}`, {limits: {requests_per_second: to}}, day.tokens[name]);
const counted = '.side a[href="#/approvals"] .count';
const changing = /^(Suspend|Resume|Change limits|New key|New partner|Back up now|Roll key|Revoke key)/;

step('A viewer is offered nothing that a viewer may not do', async ({browser, gateway}) => {
  for (const [name, role] of [
    ['vera', 'viewer'],
    ['otto', 'operator'],
    ['pia', 'partner_manager'],
    ['paul', 'partner_manager'],
    ['olga', 'security_officer'],
  ])
    day.tokens[name] = await gateway.add(name, role);
  const limits = {requests_per_second: 10, burst: 5, concurrent_requests: 40, amount_per_day: 10_000};
  const made = await gateway.admin('partners', {name: 'Corner Shop', default_currency: 'usd', limits});
  day.partner = made.body.id;
  day.key = made.body.secret_keys[0].secret_key;
  await logIn(browser, 'vera');
  await browser.see('.foot .who', 'Viewer');
  await browser.go('/partners');
  await browser.see('tbody th', 'Corner Shop');
  await browser.page.keyboard.press('c');
  assert.deepEqual((await buttons(browser)).filter((text) => changing.test(text)), []);
  assert.equal(await browser.page.$('dialog'), null);
  await browser.go(`/partners/${day.partner}`);
  await browser.see('.use', 'Requests per second');
  await browser.see('table.rows', 'Valid');
  assert.deepEqual((await buttons(browser)).filter((text) => changing.test(text)), []);
  await browser.picture('viewer-partner');
  await browser.go('/node');
  await browser.see('section.card', 'Backups');
  assert.deepEqual((await buttons(browser)).filter((text) => changing.test(text)), []);
  assert.equal(await browser.page.$('.side a[href="#/audit"]'), null);
  await browser.go('/audit');
  await browser.see('.empty', 'Your role may not see this');
  // The page asked for nothing that is refused: no such request is in the trail.
  const {data} = (await gateway.admin('audit?user=vera')).body;
  assert.deepEqual(data.filter(({refused}) => refused), []);
});

step('An operator backs up, a partner manager changes partners, and only who may read the trail is shown it', async ({browser}) => {
  await logIn(browser, 'otto');
  await browser.go('/node');
  await browser.see('section.card button', 'Back up now');
  await browser.go(`/partners/${day.partner}`);
  await browser.see('.use', 'Requests per second');
  assert.deepEqual((await buttons(browser)).filter((text) => changing.test(text)), []);
  await logIn(browser, 'olga');
  await browser.page.keyboard.press('g');
  await browser.page.keyboard.press('a');
  await browser.see('h1', 'Audit trail');
  await browser.see('tbody th', 'bootstrap');
  await browser.fill('input[type=search]', 'vera');
  await browser.see('.empty', 'Nothing of this user');
  await logIn(browser, 'pia');
  await browser.go(`/partners/${day.partner}`);
  for (const text of ['Suspend', 'Change limits', 'New key']) await browser.see('main button', text);
});

step('A higher limit waits, and who asked for it sees that it waits', async ({browser, gateway}) => {
  await browser.press('Change limits');
  await browser.fill('dialog input[name=requests_per_second]', '50');
  await browser.press('Save limits', 'dialog');
  await browser.see('dialog', 'another person must approve it');
  assert.ok(!(await browser.text('dialog')).includes('Save limits')); // not asked for twice
  await browser.picture('asked');
  await browser.press('Close', 'dialog footer');
  await browser.see('.banner', 'waits for a second person');
  await browser.see(counted, '1');
  await browser.page.click('.side a[href="#/approvals"]');
  await browser.see('main li', 'asked by you');
  await browser.see('main li', 'Nobody approves what they asked for');
  await browser.see('main li button', 'Withdraw');
  assert.ok(!(await buttons(browser)).some((text) => text.startsWith('Approve')));
  assert.equal(await limitOf(gateway), 10);
});

step('Who may not decide sees what waits, and cannot', async ({browser}) => {
  await logIn(browser, 'vera');
  await browser.go('/approvals');
  await browser.see('main li', 'Your role cannot decide this');
  assert.deepEqual(await buttons(browser), []);
});

step('Another partner manager sees who asked for what, from what to what, as it comes in; approves one and rejects one', async ({browser, gateway}) => {
  await logIn(browser, 'paul');
  await browser.see(counted, '1');
  await browser.go('/approvals');
  await browser.see('main li', 'asked by pia');
  const row = (await browser.text('.changes tbody tr')).replace(/\s+/g, ' ');
  assert.equal(row.trim(), 'Requests per second 10 → 50');
  await browser.see('main li', '23 h');
  assert.equal((await ask(gateway, 'pia', 70)).status, 202);
  await browser.see(counted, '2'); // by itself
  await browser.see('.announcer', '2 requests wait for your approval');
  await browser.picture('approvals');
  await everythingIsNamed(browser);
  await reachedByKeyboard(browser);
  await textCanBeRead(browser);
  await browser.page.$$eval('main li button.primary', ([first]) => first.focus());
  await browser.page.keyboard.press('Enter');
  await browser.see('dialog', 'Approve this?');
  await browser.picture('approve');
  await browser.page.keyboard.press('Escape');
  await browser.gone('dialog');
  assert.equal(await limitOf(gateway), 10);
  await browser.page.keyboard.press('Enter'); // the focus is where it was
  await browser.see('dialog', 'Approve this?');
  await browser.press('Approve', 'dialog footer');
  await browser.gone('dialog');
  await browser.see(counted, '1');
  assert.equal(await limitOf(gateway), 50);
  await browser.see('.changes', '70');
  await browser.press('Reject: Change of a partner');
  await browser.press('Reject', 'dialog footer');
  await browser.see('.empty', 'Nothing waits');
  await browser.gone(counted);
  assert.equal(await limitOf(gateway), 50);
});

step('What was asked of a state that is no more says so', async ({browser, gateway}) => {
  const {version} = (await gateway.admin(`partners/${day.partner}`)).body;
  await gateway.admin(`partners/${day.partner}`, {limits: {requests_per_second: 90}, version}, day.tokens.pia);
  await browser.see('.changes', '90');
  await gateway.admin(`partners/${day.partner}`, {metadata: {tier: 'gold'}}, day.tokens.pia);
  await browser.see('.banner', 'changed since this was asked');
  await browser.press('Reject: Change of a partner');
  await browser.press('Reject', 'dialog footer');
  await browser.see('.empty', 'Nothing waits');
});

step('The trail says who asked and who approved', async ({browser}) => {
  await logIn(browser, 'olga');
  await browser.go('/audit');
  await browser.see('td', 'approved by paul');
  await browser.fill('input[type=search]', 'paul');
  await browser.page.waitForFunction(() => [...document.querySelectorAll('tbody th')].every((one) => one.innerText === 'paul'), {polling: 100});
  await browser.see('td', 'approval.approve');
  for (const look of [everythingIsNamed, reachedByKeyboard, textCanBeRead]) await look(browser);
});

step('A token that two officers agreed on is shown to the one who approved, once', async ({browser, gateway}) => {
  day.tokens.oscar = await gateway.add('oscar', 'security_officer');
  const asked = await gateway.admin('users/oscar/tokens', {}, day.tokens.olga);
  assert.equal(asked.status, 202);
  await logIn(browser, 'oscar');
  await browser.go('/approvals');
  await browser.see('main li', 'oscar');
  await browser.press('Approve: A token, asked by olga');
  await browser.press('Approve', 'dialog footer');
  await browser.see('dialog', 'The new token of oscar');
  const token = await browser.text('dialog .secret');
  assert.equal((await gateway.admin('me', undefined, token)).body.user, 'oscar');
  await browser.press('I have kept it', 'dialog');
  await browser.gone('dialog');
});

step('A partner’s traffic stands against its limits', async ({browser, gateway}) => {
  await logIn(browser, 'pia');
  await browser.go(`/partners/${day.partner}`);
  const meter = (label) => browser.page.$eval(`.use [role=meter][aria-label="${label}"]`, (one) => [Number(one.ariaValueNow), Number(one.ariaValueMax)]);
  await browser.see('.use .meter', 'of 50, burst 5');
  for (let i = 0; i < 2; ++i) assert.equal((await gateway.pay(day.key, {amount: 1234})).status, 200);
  await browser.see('.use .meter', '24.68 USD of 100.00 USD');
  assert.deepEqual(await meter('Amount today'), [2468, 10_000]);
  const answers = await Promise.all(Array.from({length: 40}, () => gateway.pay(day.key, {amount: 1})));
  const turnedAway = answers.filter(({status}) => status === 429).length;
  assert.ok(turnedAway > 0);
  await browser.see('.use .facts', `${turnedAway}`);
  await browser.page.waitForFunction(() => Number(document.querySelector('.use [role=meter][aria-label="Requests per second"]').ariaValueNow) > 0, {polling: 100});
  assert.equal((await gateway.pay(day.key, {amount: 9_000})).status, 429);
  await browser.picture('use');
  for (const look of [everythingIsNamed, reachedByKeyboard, textCanBeRead]) await look(browser);
});

step('The health of the node is seen at one look, and what is not fine says what to do', async ({browser, gateway}) => {
  await browser.go('/node');
  for (const name of ['Node', 'Event log', 'Signed checkpoints', 'Witnesses', 'Backups', 'Archive of the log', 'Certificates', 'Vault'])
    await browser.see(`[data-check="${name}"]`);
  for (const name of ['Signed checkpoints', 'Archive of the log', 'Vault']) await browser.see(`[data-check="${name}"]`, 'Fine');
  await browser.see('[data-check="Backups"]', 'Fine'); // the first is made at the start
  await gateway.breakBackups();
  assert.equal((await gateway.admin('backups', {})).status, 202);
  await browser.see('[data-check="Backups"]', 'Act');
  await browser.see('[data-check="Backups"] .todo', 'README: Backups');
  assert.equal(await browser.page.$eval('.checks li', (first) => first.dataset.check), 'Backups'); // before all that is fine
  await browser.picture('health');
  await textCanBeRead(browser);
  // Each alert that the node has can say what to do.
  const {known} = (await gateway.admin('alerts')).body;
  const help = JSON.parse(await readFile(new URL('../../src/admin/dashboard/src/alert_help.json', import.meta.url), 'utf8'));
  assert.deepEqual(Object.keys(help).sort(), [...known].sort());
  await gateway.repairBackups();
  assert.equal((await gateway.admin('backups', {})).status, 202);
  await browser.see('[data-check="Backups"]', 'Fine');
});

step('Charts begin with what the node remembers, and where it was away there is a hole', async ({browser, gateway}) => {
  const traffic = setInterval(() => {
    fetch(`${gateway.where.api}/v1/balance`, {headers: {Authorization: `Bearer ${day.key}`}}).catch(() => {});
  }, 150);
  try {
    const remembered = async () => (await gateway.admin('overview/history')).body.series[1].points.filter(([, requests]) => requests > 1).length;
    while ((await remembered()) < 25) await pause(500);
    await browser.go('/');
    await browser.page.reload();
    // More of it than could have come since the page was loaded.
    let line;
    do {
      await pause(100);
      line = await chartLine(browser);
    } while (line.covered * 60 < line.loadedForS + 12 && line.loadedForS < 20);
    assert.ok(line.covered * 60 >= line.loadedForS + 12, `the chart is not filled: ${JSON.stringify(line)}`);
    assert.ok(line.hole < 4, JSON.stringify(line));
    await browser.picture('filled');
    await gateway.halt();
    await browser.see('.banner', 'not heard of');
    await pause(outageMs);
    await gateway.startAgain();
    await browser.see('.pulse', 'Live');
    do {
      await pause(100);
      line = await chartLine(browser);
    } while (line.hole < holePixels && line.loadedForS < 60);
    assert.ok(line.hole >= holePixels, `no hole is drawn: ${JSON.stringify(line)}`);
    await browser.picture('hole');
  } finally {
    clearInterval(traffic);
    browser.problems = browser.problems.filter((text) => !text.includes('ERR_CONNECTION') && !text.includes('ERR_INCOMPLETE') && !text.includes('ERR_EMPTY'));
  }
});

step('All of it in the dark and on a narrow screen', async ({browser, gateway}) => {
  assert.equal((await ask(gateway, 'paul', 80)).status, 202);
  const pages = [
    ['/', 'Overview'],
    ['/partners', 'Partners'],
    [`/partners/${day.partner}`, 'Corner Shop'],
    ['/payments', 'Payments'],
    ['/approvals', 'Approvals'],
    ['/node', 'Node'],
  ];
  await browser.page.emulateMediaFeatures([{name: 'prefers-color-scheme', value: 'dark'}]);
  for (const [hash, title] of pages) {
    await browser.go(hash);
    await browser.see('h1', title);
    await browser.gone('.loading');
    await textCanBeRead(browser);
    await browser.picture(`dark-${title.toLowerCase().replace(' ', '-')}`);
  }
  await browser.page.setViewport({width: 360, height: 740});
  for (const [hash, title] of pages) {
    await browser.go(hash);
    await browser.see('h1', title);
    await browser.gone('.loading');
    await browser.fits(hash);
    await browser.picture(`narrow-dark-${title.toLowerCase().replace(' ', '-')}`);
  }
  await browser.page.setViewport({width: 1360, height: 900});
  await browser.page.emulateMediaFeatures([]);
});

step('Nothing but the node was asked, and nothing went wrong behind these pages', async ({browser}) => {
  assert.deepEqual(browser.foreign, []);
  assert.deepEqual(browser.problems, []);
  assert.deepEqual(await browser.page.evaluate(() => window.breaches), []);
});
