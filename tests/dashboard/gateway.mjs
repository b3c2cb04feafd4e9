// A node to look at, and its partner API.
import {spawn} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';

const startTimeoutMs = 60_000,
  stopTimeoutMs = 30_000,
  lookEveryMs = 50;

async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const {port} = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

export class Gateway {
  // To try things: no second person is asked, and the sandbox answers at once.
  static async start(options) {
    const gateway = new Gateway();
    gateway.data = await mkdtemp(path.join(tmpdir(), 'tollgate-dashboard-'));
    gateway.run(['dev', '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--data', gateway.data, ...options]);
    let output = '';
    gateway.where = await gateway.begun((resolve) =>
      gateway.child.stdout.on('data', (chunk) => {
        output += chunk;
        if (output.includes('\n')) resolve(JSON.parse(output.split('\n', 1)[0]));
      }),
    );
    return gateway;
  }

  // As it is operated: with admin users and approvals, at addresses that stay when it is started again.
  static async serve() {
    const gateway = new Gateway();
    gateway.data = await mkdtemp(path.join(tmpdir(), 'tollgate-dashboard-'));
    const [api, admin] = [await freePort(), await freePort()];
    gateway.config = path.join(gateway.data, 'tollgate.toml');
    await writeFile(
      gateway.config,
      `[node]\ndata_dir = "${gateway.data}/data"\n[api]\nlisten = "127.0.0.1:${api}"\n[admin]\nlisten = "127.0.0.1:${admin}"\n` +
        `[backup]\ndirectory = "${gateway.data}/backups"\n[archive]\ndirectory = "${gateway.data}/archive"\n`,
    );
    gateway.where = {api: `http://127.0.0.1:${api}`, admin: `http://127.0.0.1:${admin}`};
    await gateway.startAgain();
    gateway.where.admin_token = (await readFile(path.join(gateway.data, 'data', 'admin.token'), 'utf8')).trim();
    return gateway;
  }

  async startAgain() {
    this.run(['serve', '--config', this.config]);
    await this.begun(async (resolve) => {
      const ready = () => fetch(`${this.where.admin}/readyz`).then(({ok}) => ok, () => false);
      while (this.child.exitCode === null && !(await ready())) await new Promise((done) => setTimeout(done, lookEveryMs));
      resolve();
    });
  }

  run(command) {
    this.child = spawn(process.env.TOLLGATE, command, {stdio: ['ignore', 'pipe', 'pipe']});
    this.complaints = '';
    this.child.stderr.on('data', (chunk) => {
      this.complaints = (this.complaints + chunk).slice(-20_000);
    });
    this.ended = new Promise((done) => this.child.once('exit', done));
  }

  begun(when) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the node did not start:\n${this.complaints}`)), startTimeoutMs);
      this.child.once('exit', (code) => reject(new Error(`the node ended with ${code}:\n${this.complaints}`)));
      when((value) => {
        clearTimeout(timer);
        resolve(value);
      });
    });
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

  // The admin API, as whoever has the token.
  async admin(where, body, token = this.where.admin_token) {
    const response = await fetch(`${this.where.admin}/admin/v1/${where}`, {
      ...(body && {method: 'POST', body: JSON.stringify(body)}),
      headers: {Authorization: `Bearer ${token}`},
    });
    return {status: response.status, body: await response.json()};
  }

  async add(name, role) {
    await this.admin('users', {name, role});
    return (await this.admin(`users/${name}/tokens`, {})).body.token;
  }

  // A file stands where the directory of the backups was.
  async breakBackups() {
    await rm(path.join(this.data, 'backups'), {recursive: true, force: true});
    await writeFile(path.join(this.data, 'backups'), '');
  }
  repairBackups() {
    return rm(path.join(this.data, 'backups'));
  }

  async halt() {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), stopTimeoutMs);
    await this.ended;
    clearTimeout(timer);
  }

  async stop() {
    await this.halt();
    await rm(this.data, {recursive: true, force: true});
  }
}
