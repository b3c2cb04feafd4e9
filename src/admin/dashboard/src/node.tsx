import {useState} from 'preact/hooks';
import {type ApiError, post} from './api';
import {age, bytes, count, duration, moment, words} from './format';
import {HealthCard} from './health_card';
import {useLoad} from './load';
import {may} from './me';
import {useStore} from './store';
import type {Acquirer, Outcome, Status} from './types';
import {Badge, Button, Card, Empty, Facts, Loading, Meter, Problem, type Tone} from './ui';

export function NodePage() {
  const {overview} = useStore();
  const loaded = useLoad<Status>('status', 3_000);
  const status = loaded.data,
    node = overview?.node;
  return (
    <>
      <header class="page">
        <h1>Node</h1>
        {status && <Badge tone={status.ready ? 'good' : 'bad'}>{status.ready ? 'Ready' : 'Not ready'}</Badge>}
        {status && <p class="sub">tollgate {status.version}</p>}
      </header>
      {loaded.error && !status ? (
        <Problem error={loaded.error} retry={loaded.reload} />
      ) : !status ? (
        <Loading lines={10} />
      ) : (
        <>
          <HealthCard status={status} />
          <div class="grid halves">
            <Card title="Resources">
              {node ? (
                <>
                  <div class="meters">
                    <Meter
                      label="Disk"
                      value={node.disk_bytes - node.disk_free_bytes}
                      max={node.disk_bytes}
                      text={`${bytes(node.disk_free_bytes)} free of ${bytes(node.disk_bytes)}`}
                    />
                    <Meter
                      label="File descriptors"
                      value={node.descriptors_open}
                      max={node.descriptors_max}
                      text={`${count(node.descriptors_open)} of ${count(node.descriptors_max)}`}
                    />
                  </div>
                  <Facts
                    rows={[
                      ['Memory', bytes(node.resident_bytes)],
                      ['Connections', count(node.connections)],
                      [
                        'Certificate',
                        node.certificate_expires_in_s === null
                          ? 'none: HTTP on loopback'
                          : `expires in ${age(node.certificate_expires_in_s)}`,
                      ],
                    ]}
                  />
                </>
              ) : (
                <Loading />
              )}
            </Card>
            <Card title="Engine" note="since the start">
              <Facts
                rows={[
                  ['Commands decided', count(status.engine.commands ?? 0)],
                  ['Records written', count(status.engine.records ?? 0)],
                  ['Batches', count(status.engine.batches ?? 0)],
                  ['Commands per batch', status.engine.batches ? (status.engine.commands! / status.engine.batches).toFixed(1) : '–'],
                  ['Append and sync, mean', status.engine.batches ? duration(status.engine.append_us! / status.engine.batches) : '–'],
                  ['Turned away', count(status.engine.overloaded ?? 0)],
                ]}
              />
            </Card>
          </div>
          <Acquirers acquirers={status.acquirers} />
          <div class="grid halves">
            <Log status={status} stalls={node?.writes_stall ?? false} checkpoint={node?.checkpoint_age_s ?? null} />
            <Backup status={status} reload={loaded.reload} />
          </div>
        </>
      )}
    </>
  );
}

const breakerTone: Record<string, Tone> = {closed: 'good', half_open: 'warn', open: 'bad'};
const breakerWord: Record<string, string> = {closed: 'Reached', half_open: 'Trying', open: 'Not reached'};

function Acquirers({acquirers}: {acquirers: Acquirer[]}) {
  return (
    <Card title="Acquirers" flush>
      {acquirers.length === 0 ? (
        <Empty title="No acquirers" />
      ) : (
        <div class="scroll">
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Acquirer</th>
                <th scope="col">State</th>
                <th scope="col" class="num">
                  In flight
                </th>
                <th scope="col" class="num">
                  Inquiries
                </th>
                <th scope="col" class="num">
                  Reversals
                </th>
                <th scope="col" class="num">
                  Not sent
                </th>
                <th scope="col">Last problem</th>
              </tr>
            </thead>
            <tbody>
              {acquirers.map((one) => (
                <tr key={one.name}>
                  <th scope="row">{one.name}</th>
                  <td>
                    <Badge tone={breakerTone[one.breaker] ?? 'plain'}>{breakerWord[one.breaker] ?? words(one.breaker)}</Badge>
                  </td>
                  <td class="num">{count(one.in_flight)}</td>
                  <td class="num">{count(one.inquiries)}</td>
                  <td class="num">{count(one.reversals)}</td>
                  <td class="num">{count(one.refused)}</td>
                  <td>{one.problem ?? <span class="muted">none</span>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function Log({status, stalls, checkpoint}: {status: Status; stalls: boolean; checkpoint: number | null}) {
  return (
    <Card title="Event log" actions={stalls ? <Badge tone="bad">Writes stall</Badge> : <Badge tone="good">Writing</Badge>}>
      <Facts rows={[['Signed', checkpoint === null ? 'no checkpoints' : checkpoint === 0 ? 'all records' : `the newest wait for ${age(checkpoint)}`]]} />
      <div class="scroll">
        <table class="rows tight">
          <thead>
            <tr>
              <th scope="col">Partition</th>
              <th scope="col" class="num">
                Records
              </th>
              <th scope="col" class="num">
                Epoch
              </th>
              <th scope="col">Hash of the last</th>
            </tr>
          </thead>
          <tbody>
            {status.partitions.map((one) => (
              <tr key={one.partition}>
                <th scope="row">
                  {one.partition}
                  {one.partition === 0 && <small class="muted"> partners</small>}
                </th>
                <td class="num">{count(one.sequence)}</td>
                <td class="num">{one.epoch}</td>
                <td>
                  <code title={one.hash}>{one.hash.slice(0, 16)}…</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

// The service says what it knows in fields of its own; those that are set are shown by name.
function rowsOf(outcome: Outcome, hidden: string[]): [string, string][] {
  return Object.entries(outcome)
    .filter(([name, value]) => !hidden.includes(name) && value !== null && value !== '' && typeof value !== 'object')
    .map(([name, value]) => [words(name.replace(/_(s|ms|us|bytes)$/, '')), textOf(name, value)]);
}
function textOf(name: string, value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'number') return String(value);
  if (name.endsWith('_bytes')) return bytes(value);
  if (name.endsWith('_ms')) return duration(value * 1000);
  if (name.endsWith('_us')) return value > 1e15 ? moment(value / 1000) : duration(value);
  if (name.endsWith('_s')) return value === 0 ? 'by hand only' : age(value);
  if (value > 1e9 && value < 1e11 && /success|failure|time|last/.test(name)) return moment(value * 1000);
  return count(value);
}

function Backup({status, reload}: {status: Status; reload: () => void}) {
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const {backup, archive} = status;
  const configured = !!backup?.directory;
  const begin = async () => {
    setBusy(true);
    setError(null);
    try {
      await post('backups');
      reload();
    } catch (problem) {
      setError(problem as ApiError);
    }
    setBusy(false);
  };
  return (
    <Card
      title="Backups"
      actions={
        configured &&
        may('operate') && (
          <Button kind="quiet" onClick={begin} busy={busy || backup?.running === true}>
            {backup?.running ? 'Running…' : 'Back up now'}
          </Button>
        )
      }
    >
      {!backup ? (
        <Empty title="None are made">This node has no backup service.</Empty>
      ) : !configured ? (
        <Empty title="No directory is configured">
          Set <code>backup.directory</code>, or run <code>tollgate backup create</code>.
        </Empty>
      ) : (
        <Facts rows={rowsOf(backup, ['running', 'took_us'])} />
      )}
      {error && (
        <p class="hint wrong" role="alert">
          {error.message}
        </p>
      )}
      {archive && (
        <>
          <h3>Archive of the log</h3>
          <Facts rows={rowsOf(archive, ['took_us'])} />
        </>
      )}
    </Card>
  );
}
