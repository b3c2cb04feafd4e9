// A Chromium with one page, which keeps what must not happen: errors, requests to anywhere else, breaches of the content security policy.
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import puppeteer from 'puppeteer-core';

const patienceMs = Number(process.env.TOLLGATE_DASHBOARD_PATIENCE_MS ?? 30_000);

export class Browser {
  static async start(base) {
    const browser = new Browser();
    browser.base = base;
    browser.chromium = await puppeteer.launch({
      executablePath: process.env.CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
      ],
      protocolTimeout: 60_000,
    });
    browser.page = await browser.chromium.newPage();
    browser.page.setDefaultTimeout(patienceMs);
    await browser.page.setViewport({width: 1360, height: 900});
    browser.watch();
    return browser;
  }

  watch() {
    this.problems = [];
    this.foreign = [];
    this.page.on('pageerror', (error) => this.problems.push(`error: ${error.message}`));
    this.page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warn')
        this.problems.push(`${message.type()}: ${message.text()} ${message.location().url ?? ''}`);
    });
    this.page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(this.base + '/') && !url.startsWith('blob:' + this.base) && !url.startsWith('data:')) this.foreign.push(url);
    });
    return this.page.evaluateOnNewDocument(() => {
      window.breaches = [];
      addEventListener('securitypolicyviolation', (event) => window.breaches.push(`${event.violatedDirective} ${event.blockedURI}`));
    });
  }

  go(hash) {
    return this.page.evaluate((to) => {
      location.hash = to;
    }, hash);
  }
  text(selector) {
    return this.page.$eval(selector, (element) => element.innerText.replaceAll('\u202f', ' '));
  }
  // Until an element that the selector finds has the text in it (any text if none is given).
  async see(selector, text = '') {
    try {
      await this.page.waitForFunction(
        (where, what) =>
          [...document.querySelectorAll(where)].some((element) => element.innerText.replaceAll('\u202f', ' ').includes(what)),
        {polling: 100},
        selector,
        text,
      );
    } catch {
      throw new Error(`"${text}" does not appear in ${selector}; the page says:\n${(await this.text('body')).slice(0, 1_500)}`);
    }
  }
  async gone(selector) {
    await this.page.waitForFunction((where) => !document.querySelector(where), {polling: 100}, selector);
  }
  // The button or link with that text.
  async press(text, within = 'body') {
    const find = (where, what) =>
      [...document.querySelectorAll(`${where} button, ${where} a`)].find(
        (element) => element.innerText.trim() === what || element.getAttribute('aria-label') === what,
      );
    const handle = await this.page.waitForFunction(find, {polling: 100}, within, text).catch(() => {
      throw new Error(`there is no "${text}" to press in ${within}`);
    });
    await handle.evaluate((element) => element.click());
  }
  async fill(selector, text) {
    await this.page.waitForSelector(selector, {visible: true});
    await this.page.click(selector, {count: 3});
    await this.page.keyboard.press('Backspace');
    await this.page.type(selector, text);
  }
  // No page is wider than the screen. The charts follow its width a frame later.
  async fits(hash) {
    await this.page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth, {polling: 100}).catch(async () => {
      const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      throw new Error(`${hash} is ${wide} pixels too wide`);
    });
  }
  // All that the selector finds can be seen whole within the box, without moving it.
  async shows(selector, box) {
    const cut = await this.page.evaluate(
      (what, around) => {
        const {left, right} = document.querySelector(around).getBoundingClientRect();
        const outside = (element) => {
          const at = element.getBoundingClientRect();
          return at.width === 0 || at.left < left || at.right > right + 1;
        };
        const found = [...document.querySelectorAll(what)];
        return found.length === 0 ? ['nothing is there'] : found.filter(outside).map((element) => element.innerText || element.outerHTML);
      },
      selector,
      box,
    );
    if (cut.length > 0) throw new Error(`${selector} is not whole within ${box}: ${cut.join('; ')}`);
  }
  async picture(name) {
    const directory = process.env.TOLLGATE_SCREENSHOTS;
    if (!directory) return;
    mkdirSync(directory, {recursive: true});
    await this.page.screenshot({path: path.join(directory, `${name}.png`)});
  }
  stop() {
    return this.chromium.close();
  }
}
