import {useState} from 'preact/hooks';
import alertHelp from './alert_help.json';
import {Chart} from './chart';
import {age, alertWords, amounts, bytes, count, duration, percent, rate, time} from './format';
import {PartnerLink} from './names';
import {useStore} from './store';
import type {Alert, Overview} from './types';
import {Badge, Card, Facts, Loading, Meter} from './ui';
import {Busiest, Errors, Stages} from './overview_parts';

const spans: [number, string][] = [
  [300, '5 min'],
  [900, '15 min'],
  [3_600, '1 h'],
];
let chosenSpanS = 300; // kept while the tab is open

export function OverviewPage() {
  const {overview, connection} = useStore();
  const [spanS, setSpanS] = useState(chosenSpanS);
  const choose = (seconds: number) => setSpanS((chosenSpanS = seconds));
  return (
    <>
      <header class="page">
        <h1>Overview</h1>
        {overview && (
          <p class="sub">
            {count(overview.node.partners)} {overview.node.partners === 1 ? 'partner' : 'partners'} · as of{' '}
            <time class="num" dateTime={overview.time}>
              {time(Date.parse(overview.time))}
            </time>
          </p>
        )}
        {overview && <Spans spanS={spanS} choose={choose} />}
      </header>
      {connection === 'lost' && (
        <div class="banner bad" role="alert">
          <strong>The node is not heard of.</strong> {overview ? `What is shown is from ${time(Date.parse(overview.time))}.` : ''} Trying
          again…
        </div>
      )}
      {!overview ? (
        connection === 'lost' ? null : (
          <Loading lines={8} />
        )
      ) : (
        <>
          {!overview.ready && (
            <div class="banner bad" role="alert">
              <strong>The node is not ready:</strong> {overview.not_ready_because.join('; ')}
            </div>
          )}
          <Alerts alerts={overview.alerts} />
          <Figures overview={overview} />
          <div class="grid charts">
            <Throughput spanS={spanS} />
            <Latency overview={overview} spanS={spanS} />
            <Approval spanS={spanS} />
            <Card title="Where the time goes" note={`last ${overview.window_s} s`}>
              <Stages overview={overview} />
            </Card>
          </div>
          <div class="grid wide-narrow">
            <Busiest overview={overview} />
            <Health overview={overview} />
          </div>
          <Errors errors={overview.errors} />
        </>
      )}
    </>
  );
}

// How far the charts go back.
function Spans({spanS, choose}: {spanS: number; choose: (seconds: number) => void}) {
  return (
    <fieldset class="segments">
      <legend class="hidden">How far the charts go back</legend>
      {spans.map(([seconds, text]) => (
        <label key={seconds}>
          <input type="radio" name="span" value={seconds} checked={seconds === spanS} onChange={() => choose(seconds)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Alerts({alerts}: {alerts: Alert[]}) {
  if (alerts.length === 0) return null;
  return (
    <section class="alerts" aria-label="Alerts">
      {alerts.map((alert) => (
        <article key={alert.alert + alert.about} class={`alert ${alert.severity === 'page' ? 'bad' : 'warn'}`}>
          <h2>
            {alertWords(alert.alert)}
            {alert.about && <AlertAbout about={alert.about} />}
          </h2>
          <p>{alert.summary.charAt(0).toUpperCase() + alert.summary.slice(1)}.</p>
          {alert.alert in alertHelp && <p class="help">{(alertHelp as Record<string, string>)[alert.alert]}</p>}
          <p class="when">
            {alert.severity === 'page' ? 'Needs someone now' : 'Look into it'} · for{' '}
            <span class="num">{age((Date.now() - Date.parse(alert.since)) / 1000)}</span>
          </p>
        </article>
      ))}
    </section>
  );
}

function AlertAbout({about}: {about: string}) {
  const [partner] = about.split('/');
  return about.startsWith('acct_') ? (
    <>
      {' '}
      · <PartnerLink id={partner!} />
    </>
  ) : (
    <> · {about}</>
  );
}

function Figures({overview}: {overview: Overview}) {
  const failed = (overview.ended_per_s.failed ?? 0) + (overview.ended_per_s.overloaded ?? 0);
  const doubt = overview.in_doubt;
  return (
    <div class="figures">
      <Figure
        label="Throughput"
        value={rate(overview.requests_per_s)}
        unit="requests/s"
        note={failed > 0 ? <b class="bad">{rate(failed)} failed/s</b> : `${rate(overview.authorizations_per_s)} authorizations/s`}
      />
      <Figure
        label="Latency, p99"
        value={duration(overview.latency_us.p99 || null)}
        note={
          <>
            median <span class="num">{duration(overview.latency_us.p50 || null)}</span>
          </>
        }
      />
      <Figure
        label="Approved"
        value={percent(overview.approval_percent)}
        note={overview.approval_percent === null ? 'no authorizations just now' : `of authorizations, last ${overview.window_s} s`}
      />
      <Figure
        label="In doubt"
        value={count(doubt.payments)}
        unit={doubt.payments === 1 ? 'payment' : 'payments'}
        href="#/in-doubt"
        note={
          doubt.payments === 0 ? (
            'every outcome is known'
          ) : (
            <>
              {amounts(doubt.amounts)}, oldest {age(doubt.oldest_s)}
            </>
          )
        }
        tone={doubt.payments > 0 ? 'warn' : undefined}
      />
    </div>
  );
}

function Figure(props: {label: string; value: string; unit?: string; note: preact.ComponentChildren; href?: string; tone?: string}) {
  const content = (
    <>
      <h2>{props.label}</h2>
      <p class={`value num ${props.tone ?? ''}`}>
        {props.value}
        {props.unit && <small>{props.unit}</small>}
      </p>
      <p class="note">{props.note}</p>
    </>
  );
  return props.href ? (
    <a class="figure" href={props.href}>
      {content}
    </a>
  ) : (
    <section class="figure">{content}</section>
  );
}

function Throughput({spanS}: {spanS: number}) {
  const {history} = useStore();
  return (
    <Card title="Throughput" note="requests per second">
      <Chart
        label="Requests per second"
        spanS={spanS}
        times={history.map((s) => s.time_s)}
        unit={rate}
        least={3.8}
        lines={[
          {label: 'All', color: '--line-1', fill: true, values: history.map((s) => s.requests)},
          {label: 'Declined', color: '--line-3', values: history.map((s) => s.declined)},
          {label: 'Failed', color: '--line-bad', values: history.map((s) => s.failed)},
        ]}
      />
    </Card>
  );
}

function Latency({overview, spanS}: {overview: Overview; spanS: number}) {
  const {history} = useStore();
  const ms = (value: number) => duration(value * 1000);
  return (
    <Card title="Latency" note={`of requests, over ${overview.window_s || 10} s`}>
      <Chart
        label="Latency percentiles"
        spanS={spanS}
        times={history.map((s) => s.time_s)}
        unit={ms}
        least={0.95}
        lines={[
          {label: 'p50', color: '--line-1', values: history.map((s) => s.p50)},
          {label: 'p90', color: '--line-2', values: history.map((s) => s.p90)},
          {label: 'p99', color: '--line-3', values: history.map((s) => s.p99)},
        ]}
      />
    </Card>
  );
}

function Approval({spanS}: {spanS: number}) {
  const {history} = useStore();
  return (
    <Card title="Approval rate" note="of authorizations, over 10 s">
      <Chart
        label="Approval rate"
        spanS={spanS}
        times={history.map((s) => s.time_s)}
        unit={(value) => `${Math.round(value * 10) / 10}\u202f%`}
        max={100}
        height={218}
        lines={[{label: 'Approved', color: '--line-1', fill: true, values: history.map((s) => s.approval)}]}
      />
    </Card>
  );
}

function Health({overview}: {overview: Overview}) {
  const {node} = overview;
  const used = node.disk_bytes - node.disk_free_bytes;
  return (
    <Card title="Node" actions={<a href="#/node">Details</a>}>
      <div class="meters">
        <Meter label="Disk" value={used} max={node.disk_bytes} text={`${bytes(node.disk_free_bytes)} free of ${bytes(node.disk_bytes)}`} />
        <Meter
          label="File descriptors"
          value={node.descriptors_open}
          max={node.descriptors_max}
          text={`${count(node.descriptors_open)} of ${count(node.descriptors_max)}`}
        />
      </div>
      <Facts
        rows={[
          ['Event log', node.writes_stall ? <Badge tone="bad">Writes stall</Badge> : <Badge tone="good">Writing</Badge>],
          ['Signed', node.checkpoint_age_s === null ? 'no checkpoints' : node.checkpoint_age_s === 0 ? 'all records' : `the newest wait for ${age(node.checkpoint_age_s)}`],
          ['Last backup', node.backup_age_s === null ? 'none' : `${age(node.backup_age_s)} ago`],
          ['Memory', bytes(node.resident_bytes)],
          ['Connections', count(node.connections)],
          ...(node.certificate_expires_in_s === null
            ? []
            : [['Certificate', `expires in ${age(node.certificate_expires_in_s)}`] as [string, string]]),
        ]}
      />
    </Card>
  );
}
