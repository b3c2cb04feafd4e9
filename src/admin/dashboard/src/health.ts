// What is checked on one look at the node, and what to do about what is not fine. The bounds are those of the alerts.
import {age, bytes, count, words} from './format';
import type {Me, Outcome, Overview, Status, VaultStatus} from './types';

export type Grade = 'bad' | 'warn' | 'good' | 'plain';
export interface Check {
  name: string;
  grade: Grade;
  says: string;
  todo?: string;
  chapter?: string; // of the README
}

const day_s = 86_400;
const bounds = {
  freePercent: {warn: 15, bad: 5},
  descriptorsPercent: {warn: 80, bad: 95},
  certificate_s: 14 * day_s,
  token_s: 7 * day_s,
  unsigned_s: 600,
  backup_s: 26 * 3_600,
  lag_s: 60,
  doubt_s: 900,
};

export function checksOf(status: Status, overview: Overview | null, vault: VaultStatus | null | undefined, me: Me | null): Check[] {
  const checks = [ready(status, overview), ...(overview ? resources(overview) : []), ...acquirers(status), ...(overview ? [doubts(overview)] : [])];
  if (overview) checks.push(signing(status, overview), witnesses(status), ...following(overview));
  checks.push(backups(status.backup, overview?.node.backup_age_s ?? null), archive(status.archive));
  if (overview) checks.push(certificate(overview));
  if (vault !== undefined) checks.push(vaultKeys(vault));
  if (me?.token_expires) checks.push(ownToken(me.token_expires - Date.now() / 1000));
  const order: Grade[] = ['bad', 'warn', 'good', 'plain'];
  return checks.map((check, i) => ({check, i})).sort((a, b) => order.indexOf(a.check.grade) - order.indexOf(b.check.grade) || a.i - b.i).map(({check}) => check);
}

function ready(status: Status, overview: Overview | null): Check {
  if (status.ready && (overview?.ready ?? true)) return {name: 'Node', grade: 'good', says: 'Ready: payments are taken'};
  return {
    name: 'Node',
    grade: 'bad',
    says: `Not ready: ${overview?.not_ready_because.join('; ') || 'starting or stopping'}`,
    todo: 'A node that stops does this by itself. Otherwise its last error lines say why: journalctl -u tollgate.',
    chapter: 'Running it around the clock',
  };
}

function resources({node}: Overview): Check[] {
  const free = node.disk_bytes > 0 ? (100 * node.disk_free_bytes) / node.disk_bytes : 100;
  const open = node.descriptors_max > 0 ? (100 * node.descriptors_open) / node.descriptors_max : 0;
  const chapter = 'Watching a node';
  return [
    {
      name: 'Event log',
      chapter,
      ...(node.writes_stall
        ? {grade: 'bad' as const, says: 'Writes stall', todo: 'The disk is too slow or does not answer: look at its throughput and the kernel’s log.'}
        : {grade: 'good' as const, says: 'Written without delay'}),
    },
    {
      name: 'Disk',
      chapter,
      grade: free < bounds.freePercent.bad ? 'bad' : free < bounds.freePercent.warn ? 'warn' : 'good',
      says: `${bytes(node.disk_free_bytes)} free of ${bytes(node.disk_bytes)}`,
      todo: 'Make room or grow the disk: a node that cannot write stops.',
    },
    {
      name: 'File descriptors',
      chapter,
      grade: open > bounds.descriptorsPercent.bad ? 'bad' : open > bounds.descriptorsPercent.warn ? 'warn' : 'good',
      says: `${count(node.descriptors_open)} of ${count(node.descriptors_max)} open`,
      todo: 'Raise LimitNOFILE, or lower api.connections_max.',
    },
  ];
}

function acquirers(status: Status): Check[] {
  return status.acquirers.map((one) => ({
    name: `Acquirer ${one.name}`,
    grade: one.breaker === 'open' ? 'bad' : one.breaker === 'half_open' ? 'warn' : 'good',
    says: one.breaker === 'closed' ? 'Reached' : `${one.breaker === 'open' ? 'Not reached' : 'Being tried again'}${one.problem ? `: ${one.problem}` : ''}`,
    todo: 'It did not answer several times in a row and is tried again by itself. If it stays so, ask the acquirer.',
    chapter: 'Live acquirers',
  }));
}

function doubts({in_doubt}: Overview): Check {
  const old = in_doubt.oldest_s > bounds.doubt_s;
  return {
    name: 'In doubt',
    grade: in_doubt.payments === 0 ? 'good' : old ? 'bad' : 'warn',
    says: in_doubt.payments === 0 ? 'Every outcome is known' : `${count(in_doubt.payments)} in doubt, the oldest for ${age(in_doubt.oldest_s)}`,
    todo: old ? 'The acquirer does not answer inquiries: ask it, by the references on In doubt.' : 'They are being inquired: nothing to do yet.',
    chapter: 'Watching a node',
  };
}

function signing(status: Status, {node}: Overview): Check {
  const name = 'Signed checkpoints',
    chapter = 'The verifiable log';
  if (!status.transparency || node.checkpoint_age_s === null)
    return {name, chapter, grade: 'plain', says: 'Off: transparency.signing'};
  const todo = 'Records wait to be signed: the node’s error lines say why.';
  if (status.transparency.problem) return {name, chapter, todo, grade: 'bad', says: status.transparency.problem};
  const waiting = node.checkpoint_age_s;
  if (waiting > bounds.unsigned_s) return {name, chapter, todo, grade: 'bad', says: `Records wait for ${age(waiting)}`};
  return {name, chapter, grade: 'good', says: waiting === 0 ? 'All records are signed' : `The newest records wait for ${age(waiting)}`};
}

function witnesses(status: Status): Check {
  const name = 'Witnesses',
    chapter = 'The verifiable log';
  const all = status.transparency?.witnesses ?? [];
  if (all.length === 0) return {name, chapter, grade: 'plain', says: 'None are asked'};
  const silent = all.filter((one) => one.problem);
  if (silent.length === 0) return {name, chapter, grade: 'good', says: `${count(all.length)} cosign`};
  return {
    name,
    chapter,
    grade: silent.length === all.length ? 'bad' : 'warn',
    says: silent.map((one) => `${one.name}: ${one.problem}`).join('; '),
    todo: 'Is the witness reached from here, and is its key the configured one? If it speaks of a fork, stop and compare logs.',
  };
}

function following({node}: Overview): Check[] {
  const lags = Object.entries(node.lags_s);
  if (lags.length === 0) return [{name: 'Projections', grade: 'plain', says: 'None of their own on this node', chapter: 'Watching a node'}];
  return lags.map(([name, behind_s]) => ({
    name: `Follows the log: ${name}`,
    grade: behind_s > bounds.lag_s ? 'bad' : 'good',
    says: behind_s > bounds.lag_s ? `${age(behind_s)} behind` : `At most ${age(behind_s)} behind`,
    todo: 'It catches up when the load allows. If it does not, the node’s error lines say why.',
    chapter: 'Watching a node',
  }));
}

const since = (time: unknown): number | null => (typeof time === 'string' ? (Date.now() - Date.parse(time)) / 1000 : null);

function backups(backup: Outcome | undefined, age_s: number | null): Check {
  const name = 'Backups',
    chapter = 'Backups';
  if (!backup?.directory) return {name, chapter, grade: 'warn', says: 'Not configured', todo: 'Set backup.directory, or run tollgate backup create by hand.'};
  const todo = 'Run a backup by hand and see what it says.';
  if (Number(backup.failures) > 0) return {name, chapter, todo, grade: 'bad', says: `Failed ${Number(backup.failures) === 1 ? 'once' : `${count(Number(backup.failures))} times`}: ${String(backup.last_error ?? '')}`};
  if (age_s !== null && age_s > bounds.backup_s) return {name, chapter, todo, grade: 'bad', says: `The last one is ${age(age_s)} old`};
  const last = since(backup.last_success);
  if (last === null && age_s === null) return {name, chapter, todo: 'Begin the first one below, or set backup.interval_min.', grade: 'warn', says: 'None since the start, none scheduled'};
  return {name, chapter, grade: 'good', says: last === null ? 'The first one is scheduled' : `The last one ${age(last)} ago`};
}

function archive(archive: Outcome | undefined): Check {
  const name = 'Archive of the log',
    chapter = 'Backups';
  if (!archive) return {name, chapter, grade: 'plain', says: 'Not configured'};
  if (Number(archive.failures) > 0 || archive.forget_error)
    return {name, chapter, grade: 'bad', says: String(archive.last_error ?? archive.forget_error ?? 'It failed'), todo: 'Is its directory there, writable and not full?'};
  const last = since(archive.last_success);
  return {name, chapter, grade: 'good', says: last === null ? 'Nothing was archived yet' : `Up to ${age(last)} ago`};
}

function certificate({node}: Overview): Check {
  const name = 'Certificates',
    chapter = 'Watching a node',
    left = node.certificate_expires_in_s;
  if (left === null) return {name, chapter, grade: 'plain', says: 'None: HTTP on loopback'};
  return {
    name,
    chapter,
    grade: left <= 0 ? 'bad' : left < bounds.certificate_s ? 'warn' : 'good',
    says: left <= 0 ? `The first expired ${age(-left)} ago` : `The first expires in ${age(left)}`,
    todo: 'Put the new files in place of the old, then systemctl reload tollgate.',
  };
}

function vaultKeys(vault: VaultStatus | null): Check {
  const name = 'Vault',
    chapter = 'The vault’s keys';
  if (vault === null) return {name, chapter, grade: 'plain', says: 'This node has none'};
  if (vault.problem || vault.rows_damaged > 0)
    return {
      name,
      chapter,
      grade: 'bad',
      says: vault.problem || `${count(vault.rows_damaged)} rows do not open`,
      todo: 'tollgate vault keys shows them. Damaged rows come back from a backup.',
    };
  if (!vault.memory_locked)
    return {name, chapter, grade: 'warn', says: 'The memory that keys lie in may be swapped out', todo: 'Raise the limit: ulimit -l, or LimitMEMLOCK= of the unit.'};
  const active = vault.keys.find((key) => key.kind === 'data' && key.state === 'active');
  const made = active ? `, key made ${age(Date.now() / 1000 - active.created)} ago` : '';
  return {name, chapter, grade: 'good', says: vault.job ? `${words(vault.job)} in work` : `Key provider ${vault.provider}${made}`};
}

function ownToken(left_s: number): Check {
  return {
    name: 'Your token',
    grade: left_s < bounds.token_s ? 'warn' : 'good',
    says: `Ends in ${age(left_s)}`,
    todo: 'Make a new one: tollgate admin token create NAME --out FILE.',
    chapter: 'Who may operate a node',
  };
}
