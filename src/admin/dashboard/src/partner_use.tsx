// A partner's traffic against its limits, as it is now.
import {useEffect, useRef} from 'preact/hooks';
import {age, count, money, percent, rate, words} from './format';
import {limitNames} from './partner_dialogs';
import {may} from './me';
import {useStore} from './store';
import type {Partner, PartnerUse} from './types';
import {Button, Card, Facts, Meter, Mode} from './ui';

const windowMs = 10_000;
interface Look {
  atMs: number;
  allowed: number;
  limited: number;
  shed: number;
}
export interface Pace {
  allowed: number;
  turnedAway: number;
}

// How fast its counters rise, over the last looks at them: the overview knows the busiest partners only.
function usePace(partner: Partner): Record<string, Pace> {
  const looks = useRef<Record<string, Look[]>>({});
  useEffect(() => {
    const atMs = performance.now();
    for (const [mode, {since_start}] of Object.entries(partner.use ?? {})) {
      const all = (looks.current[mode] ??= []);
      if (all.length > 0 && since_start.allowed < all.at(-1)!.allowed) all.length = 0; // the node was started anew
      all.push({atMs, ...since_start});
      while (all.length > 2 && atMs - all[1]!.atMs > windowMs) all.shift();
    }
  }, [partner]);
  return Object.fromEntries(
    Object.entries(looks.current).map(([mode, all]) => {
      const first = all[0]!,
        last = all.at(-1)!,
        seconds = (last.atMs - first.atMs) / 1000;
      const pace = (rise: number) => (seconds > 0 ? rise / seconds : 0);
      return [mode, {allowed: pace(last.allowed - first.allowed), turnedAway: pace(last.limited + last.shed - first.limited - first.shed)}];
    }),
  );
}

export function Traffic({partner, change}: {partner: Partner; change: () => void}) {
  const {overview} = useStore();
  const pace = usePace(partner);
  const rows = (overview?.partners ?? []).filter((row) => row.partner === partner.id);
  const used = Object.entries(partner.use ?? {}).filter(
    ([mode, use]) => use.since_start.allowed > 0 || partner.keys.some((key) => key.mode === mode && key.status === 'valid'),
  );
  return (
    <Card
      title="Traffic and limits"
      actions={
        partner.status !== 'closed' &&
        may('change_partners') && (
          <Button kind="quiet" onClick={change}>
            Change limits
          </Button>
        )
      }
    >
      {used.map(([mode, use]) => (
        <Use key={mode} mode={mode} use={use} currency={partner.default_currency} pace={pace[mode] ?? {allowed: 0, turnedAway: 0}} approval={rows.find((row) => row.mode === mode)} />
      ))}
      {used.length === 0 && <p class="muted">Without a valid key there is no traffic.</p>}
      <Facts
        rows={Object.entries(partner.limits)
          .filter(([name]) => name === 'amount_max' || partner.use === undefined)
          .map(([name, value]) => [
            limitNames[name]?.label ?? words(name),
            value === 0 ? <span class="muted">no limit</span> : <span class="num">{count(value)}</span>,
          ])}
      />
    </Card>
  );
}

interface Approval {
  approval_percent: number | null;
  approval_percent_usual: number | null;
}

function Use({mode, use, pace, approval, currency}: {mode: string; use: PartnerUse; pace: Pace; approval?: Approval; currency: string | null}) {
  const {requests, concurrent_requests, queue, amount_today, declines, since_start} = use;
  const today = Object.entries(amount_today.now);
  const most = amount_today.max_per_currency;
  return (
    <section class="use" aria-label={`In ${mode} mode`}>
      <h3>
        <Mode mode={mode} />
        {approval && approval.approval_percent !== null && (
          <span class="note">
            <b class="num">{percent(approval.approval_percent)}</b> approved
            {approval.approval_percent_usual !== null && <>, usually {percent(approval.approval_percent_usual)}</>}
          </span>
        )}
      </h3>
      <div class="meters">
        <Meter
          label="Requests per second"
          value={pace.allowed}
          max={requests.per_second_max ?? 0}
          text={of(rate(pace.allowed), requests.per_second_max, requests.burst_max ? `, burst ${count(requests.burst_max)}` : '')}
        />
        <Meter label="In work at a time" value={concurrent_requests.now} max={concurrent_requests.max ?? 0} text={of(count(concurrent_requests.now), concurrent_requests.max)} />
        <Meter label="Waiting for the engine" value={queue.now} max={queue.max ?? 0} text={of(count(queue.now), queue.max)} />
        {today.map(([of, amount]) => (
          <Meter
            key={of}
            label={today.length === 1 ? 'Amount today' : `Amount today, ${of.toUpperCase()}`}
            value={amount}
            max={most ?? 0}
            text={most === null ? `${money(amount, of)}, no limit` : `${money(amount, of)} of ${money(most, of)}`}
          />
        ))}
        {today.length === 0 && (
          <Meter
            label="Amount today"
            value={0}
            max={most ?? 0}
            text={most === null ? 'no limit: not counted' : `nothing yet of ${currency ? money(most, currency) : `${count(most)} minor units`}`}
          />
        )}
      </div>
      <Facts
        rows={[
          [
            'Turned away',
            <span class={`num ${pace.turnedAway > 0 ? 'bad' : ''}`}>
              {count(since_start.limited + since_start.shed)}
              {pace.turnedAway > 0 ? `, now ${rate(pace.turnedAway)} per second` : ''} of {count(since_start.allowed + since_start.limited + since_start.shed)}
            </span>,
          ],
          ['Declines per card', perWindow(declines.per_card_max, declines.window_s)],
          ['Declines per card range', perWindow(declines.per_bin_max, declines.window_s)],
        ]}
      />
    </section>
  );
}

const of = (now: string, max: number | null, more = '') => (max === null ? `${now}, no limit` : `${now} of ${count(max)}${more}`);
const perWindow = (max: number | null, window_s: number) => (max === null ? <span class="muted">no limit</span> : <span class="num">{`${count(max)} in ${age(window_s)}`}</span>);
