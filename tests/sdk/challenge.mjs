// Does what a cardholder's browser does with next_action: opens the challenge page and presses one of its two buttons.
import assert from 'node:assert/strict';

// `outcome`: 'complete' or 'fail'. Gives the address that the browser is sent back to.
export async function completeChallenge(nextAction, outcome) {
  assert.equal(nextAction.type, 'redirect_to_url');
  const page = await fetch(nextAction.redirect_to_url.url);
  const html = await page.text();
  assert.equal(page.status, 200, html);
  assert.match(page.headers.get('content-type'), /^text\/html/);
  const forms = [...html.matchAll(/<form\b[^>]*>[\s\S]*?<\/form>/g)].map((match) => match[0]);
  const form = forms.find((text) => text.includes(outcome));
  assert.ok(form, `no form for ${outcome} in ${html}`);
  const action = new URL(form.match(/action="([^"]*)"/)?.[1].replaceAll('&amp;', '&') ?? '', page.url);
  const fields = new URLSearchParams();
  for (const [, name, value] of form.matchAll(/<input\b[^>]*name="([^"]*)"[^>]*value="([^"]*)"/g)) fields.append(name, value);
  const button = [...form.matchAll(/<button\b[^>]*>/g)].map((match) => match[0]).find((text) => text.includes(outcome));
  if (button) {
    const name = button.match(/name="([^"]*)"/), value = button.match(/value="([^"]*)"/);
    if (name && value) fields.append(name[1], value[1]);
  }
  const answer = await fetch(action, {method: 'POST', body: fields, redirect: 'manual'});
  if (answer.status === 303 || answer.status === 302) return answer.headers.get('location');
  assert.equal(answer.status, 200, await answer.text());
  return '';
}
