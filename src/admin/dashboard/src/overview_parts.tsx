import {duration, percent, rate, time, words} from './format';
import {PartnerLink} from './names';
import type {Overview, RecentError} from './types';
import {Badge, Card, Empty, Mode} from './ui';

const stageMeaning: Record<string, string> = {
  prepare: 'read and check',
  queue: 'wait for a turn',
  decide: 'decide and apply',
  append: 'write to the log',
  sync: 'until on disk',
  acquirer: 'wait for the acquirer',
  reply: 'render and send',
};

export function Stages({overview}: {overview: Overview}) {
  const stages = Object.entries(overview.stages_us);
  // From microseconds to seconds: only a logarithm shows both.
  const longest = Math.log10(1 + Math.max(...stages.map(([, value]) => value.p99)));
  const share = (us: number) => (100 * Math.log10(1 + us)) / longest;
  if (stages.every(([, value]) => value.p99 === 0))
    return <Empty title="No requests just now">The stages of a request are measured while some come in.</Empty>;
  return (
    <div class="scroll">
      <table class="stages">
        <thead>
          <tr>
            <th scope="col">Stage</th>
            <th scope="col">Log scale</th>
            <th scope="col" class="num">
              p50
            </th>
            <th scope="col" class="num">
              p99
            </th>
          </tr>
        </thead>
        <tbody>
          {stages.map(([name, value]) => (
            <tr key={name} title={stageMeaning[name]}>
              <th scope="row">
                {words(name)}
                <small>{stageMeaning[name]}</small>
              </th>
              <td class="stage-bar">
                <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                  <rect class="outer" width={share(value.p99)} height="8" rx="1" />
                  <rect class="inner" width={share(value.p50)} height="8" rx="1" />
                </svg>
              </td>
              <td class="num">{duration(value.p50 || null)}</td>
              <td class="num">{duration(value.p99 || null)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const dropTold = 10;
const statusWords: Record<number, string> = {
  400: 'Wrong request',
  401: 'No valid key',
  403: 'Not allowed',
  404: 'No such thing',
  409: 'Conflict',
  429: 'Over a limit',
  500: 'Our error',
  503: 'Turned away',
};

export function Busiest({overview}: {overview: Overview}) {
  const rows = overview.partners.filter((row) => row.requests_per_s > 0 || row.approval_percent !== null).slice(0, 8);
  return (
    <Card title="Busiest partners" note="the last minutes" actions={<a href="#/partners">All partners</a>} flush>
      {rows.length === 0 ? (
        <Empty title="No traffic">Partners that send requests appear here, the busiest first.</Empty>
      ) : (
        <div class="scroll">
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Partner</th>
                <th scope="col" class="num">
                  Requests/s
                </th>
                <th scope="col" class="num">
                  Failed/s
                </th>
                <th scope="col" class="num">
                  Approved
                </th>
                <th scope="col" class="num">
                  Usually
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => {
                const fell =
                  row.approval_percent !== null &&
                  row.approval_percent_usual !== null &&
                  row.approval_percent < row.approval_percent_usual - dropTold;
                return (
                  <tr key={row.partner + row.mode}>
                    <th scope="row">
                      <PartnerLink id={row.partner} /> <Mode mode={row.mode} />
                    </th>
                    <td class="num">{rate(row.requests_per_s)}</td>
                    <td class={`num ${row.failed_per_s > 0 ? 'bad' : 'muted'}`}>{rate(row.failed_per_s)}</td>
                    <td class={`num ${fell ? 'bad' : ''}`}>{percent(row.approval_percent)}</td>
                    <td class="num muted">{percent(row.approval_percent_usual)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

export function Errors({errors}: {errors: RecentError[]}) {
  return (
    <Card title="Errors as they happen" note={errors.length > 0 ? `the newest ${errors.length}` : undefined} flush>
      {errors.length === 0 ? (
        <Empty title="No errors">Requests that fail or are turned away appear here at once.</Empty>
      ) : (
        <div class="scroll tall" tabIndex={0} role="region" aria-label="Errors">
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Status</th>
                <th scope="col">What</th>
                <th scope="col">Partner</th>
                <th scope="col">Operation</th>
                <th scope="col">Request</th>
              </tr>
            </thead>
            <tbody>
              {errors.map((error) => (
                <tr key={error.request + error.time}>
                  <td class="when">{time(Date.parse(error.time))}</td>
                  <td>
                    <Badge tone={error.status >= 500 ? 'bad' : 'warn'}>{error.status}</Badge>
                  </td>
                  <td>{error.code ? words(error.code) : (statusWords[error.status] ?? '–')}</td>
                  <td>{error.partner ? <PartnerLink id={error.partner} /> : <span class="muted">unknown</span>}</td>
                  <td>
                    <code>{error.operation}</code>
                  </td>
                  <td>
                    <code>{error.request}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
