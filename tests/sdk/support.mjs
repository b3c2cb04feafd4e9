// A node of its own for each test file, the SDK pointed at it, and a few words that the tests share.
import {spawn} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import assert from 'node:assert/strict';
import {after} from 'node:test';
import Stripe from 'stripe';

const binary = process.env.TOLLGATE;
const startTimeoutMs = 30_000;
const waitTimeoutMs = 20_000;

export class Node {
  // Starts `tollgate dev` on free ports and waits for the lines that say where it is and which key to use.
  static async start(options = []) {
    const node = new Node();
    node.data = await mkdtemp(join(tmpdir(), 'tollgate-sdk-'));
    await node.spawn(options);
    return node;
  }

  async spawn(options = []) {
    this.child = spawn(binary, ['dev', '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--data', this.data,
                                '--test-clock', ...options], {stdio: ['ignore', 'pipe', 'pipe']});
    this.output = '';
    this.complaints = '';
    this.ended = new Promise((resolve) => this.child.once('exit', (code, signal) => resolve({code, signal})));
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the node did not start:\n${this.output}${this.complaints}`)), startTimeoutMs);
      this.child.stdout.on('data', (chunk) => {
        this.output += chunk;
        if (!this.understood()) return;
        clearTimeout(timer);
        resolve();
      });
      this.child.stderr.on('data', (chunk) => { this.complaints += chunk; });
      this.child.once('exit', (code) => reject(new Error(`the node ended with ${code}:\n${this.complaints}`)));
    });
  }

  // The first line on stdout is for programs.
  understood() {
    const end = this.output.indexOf('\n');
    if (end < 0) return false;
    const line = JSON.parse(this.output.slice(0, end));
    this.port = Number(new URL(line.api).port);
    this.adminUrl = line.admin;
    this.key = line.secret_key;
    this.adminToken = line.admin_token;
    this.partnerId = line.partner;
    return true;
  }

  async stop() {
    this.child.kill('SIGTERM');
    const {code} = await this.ended;
    await rm(this.data, {recursive: true, force: true});
    assert.equal(code, 0, `the node must end well:\n${this.complaints}`);
  }

  sdk(options = {}) {
    const {key = this.key, port = this.port, Sdk = Stripe, ...rest} = options;
    return new Sdk(key, {host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0, telemetry: false, ...rest});
  }

  async admin(method, path, body) {
    const response = await fetch(`${this.adminUrl}/admin/v1${path}`, {
      method,
      headers: {authorization: `Bearer ${this.adminToken}`, 'content-type': 'application/json'},
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  // A partner of its own, with a test key.
  async partner(config = {}) {
    const made = await this.admin('POST', '/partners', {name: 'Second partner', ...config});
    const key = JSON.stringify(made).match(/sk_test_\w+/)[0];
    return {id: made.id, key, stripe: this.sdk({key})};
  }

  advance(seconds) {
    return this.admin('POST', '/clock/advance', {seconds});
  }

  // Without the SDK: status, headers and JSON as they are.
  async raw(method, path, {key = this.key, headers = {}, body} = {}) {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      headers: {...(key ? {authorization: `Bearer ${key}`} : {}), ...headers},
      body,
    });
    const text = await response.text();
    return {status: response.status, headers: response.headers, text, json: text ? JSON.parse(text) : undefined};
  }
}

// One node for the file, stopped behind its last test.
export async function startNode(options) {
  const node = await Node.start(options);
  after(() => node.stop());
  return node;
}

// Create and confirm with a card, the shape that nearly every test begins with.
export function pay(stripe, params = {}, options = undefined) {
  return stripe.paymentIntents.create(
      {amount: 1099, currency: 'usd', payment_method: 'pm_card_visa', payment_method_types: ['card'], confirm: true, ...params}, options);
}

export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail('it should have been refused');
}

// Until `ready(value)` holds; fails when it does not in time.
export async function eventually(read, ready, what) {
  const deadline = Date.now() + waitTimeoutMs;
  for (;;) {
    const value = await read();
    if (ready(value)) return value;
    if (Date.now() > deadline) assert.fail(`${what}: still ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function all(list, limit = 1000) {
  const items = [];
  for await (const item of list) {
    items.push(item);
    assert.ok(items.length <= limit, 'the list does not end');
  }
  return items;
}

export const idsOf = (items) => items.map((item) => item.id);
