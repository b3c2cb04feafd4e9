// A payment that its acquirer leaves in doubt: an operator has it asked, says what became of it, and a second person approves.
import assert from 'node:assert/strict';
import {Browser} from './browser.mjs';
import {Gateway} from './gateway.mjs';

// Of the sandbox: longer than this scenario takes.
const latencyMs = 60_000;

export async function resolveByHand() {
  const gateway = await Gateway.start(['--sandbox-latency-ms', String(latencyMs), '--acquirer-timeout-ms', '300']);
  const {admin, admin_token, secret_key} = gateway.where;
  const call = async (token, path, body) => {
    const response = await fetch(`${admin}/admin/v1/${path}`, {
      method: body ? 'POST' : 'GET',
      body: body && JSON.stringify(body),
      headers: {Authorization: `Bearer ${token}`},
    });
    return response.json();
  };
  const user = async (name, role) => {
    await call(admin_token, 'users', {name, role});
    return (await call(admin_token, `users/${name}/tokens`, {})).token;
  };
  let browser;
  try {
    const olga = await user('olga', 'security_officer');
    const oscar = await user('oscar', 'operator');
    const {body: payment} = await gateway.pay(secret_key, {amount: 4711});
    assert.equal(payment.status, 'processing');
    browser = await Browser.start(admin);
    await browser.page.goto(browser.base);
    await browser.fill('input[name=token]', oscar);
    await browser.page.keyboard.press('Enter');
    await browser.see('h1', 'Overview');
    await browser.go('/in-doubt');
    await browser.see('td', '47.11 USD');
    await browser.see('td', 'sandbox asked');
    await browser.shows('.row-actions button', '.card.flush');
    await browser.picture('in-doubt');
    await browser.press('Ask now', 'table');
    await browser.see('dialog', 'Ask the acquirer now?');
    await browser.press('Cancel', 'dialog');
    await browser.gone('dialog');
    await browser.press('Resolve', 'table');
    await browser.see('dialog', 'Say what became of it');
    await browser.see('dialog', 'The money is booked');
    await browser.fill('input[name=reference]', 'ARN 7401');
    await browser.fill('input[name=reason]', 'Their support told us, ticket 9');
    await browser.shows('dialog label, dialog input, dialog select, dialog .hint, dialog .lead, dialog footer button', 'dialog');
    await browser.picture('resolve');
    await browser.press('Ask for approval', 'dialog');
    await browser.see('dialog', 'another person must approve it');
    await browser.press('Close', 'dialog footer');
    await browser.see('td', 'oscar waits for approval');
    const [approval] = (await call(olga, 'approvals')).data;
    assert.match(approval.why, /money in doubt: sale of 47.11 USD/);
    await call(olga, `approvals/${approval.id}/approve`, {});
    await browser.see('.empty', 'Nothing is in doubt');
    await browser.go(`/payments/${payment.id}`);
    await browser.see('.timeline', 'Operation resolved by hand');
    await browser.see('.timeline', 'Approved, say oscar and olga: “Their support told us, ticket 9” (ARN 7401)');
    await browser.picture('resolved-by-hand');
    assert.deepEqual(browser.foreign, []);
    assert.deepEqual(browser.problems, []);
  } finally {
    await browser?.stop().catch(() => {});
    await gateway.stop();
  }
}
