// A node to look at, and its partner API.
import {spawn} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';

const startTimeoutMs = 60_000,
  stopTimeoutMs = 30_000;

export class Gateway {
  static async start(options) {
    const gateway = new Gateway();
    gateway.data = await mkdtemp(path.join(tmpdir(), 'tollgate-dashboard-'));
    gateway.child = spawn(
      process.env.TOLLGATE,
      ['dev', '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--data', gateway.data, ...options],
      {stdio: ['ignore', 'pipe', 'pipe']},
    );
    gateway.ended = new Promise((done) => gateway.child.once('exit', done));
    let output = '',
      complaints = '';
    gateway.child.stderr.on('data', (chunk) => {
      complaints = (complaints + chunk).slice(-20_000);
    });
    gateway.where = await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the node did not start:\n${complaints}`)), startTimeoutMs);
      gateway.child.once('exit', (code) => reject(new Error(`the node ended with ${code}:\n${complaints}`)));
      gateway.child.stdout.on('data', (chunk) => {
        output += chunk;
        if (!output.includes('\n')) return;
        clearTimeout(timer);
        resolve(JSON.parse(output.split('\n', 1)[0]));
      });
    });
    return gateway;
  }

  async pay(key, {amount = 1234, currency = 'usd', card = 'pm_card_visa', metadata = {}} = {}) {
    const form = new URLSearchParams({amount, currency, confirm: 'true', payment_method: card, 'payment_method_types[]': 'card'});
    for (const [name, value] of Object.entries(metadata)) form.set(`metadata[${name}]`, value);
    const response = await fetch(`${this.where.api}/v1/payment_intents`, {
      method: 'POST',
      body: form,
      headers: {Authorization: `Bearer ${key}`},
    });
    return {status: response.status, body: await response.json()};
  }

  async stop() {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), stopTimeoutMs);
    await this.ended;
    clearTimeout(timer);
    await rm(this.data, {recursive: true, force: true});
  }
}
