import {useState} from 'preact/hooks';
import {duration, exact, money, time, words} from './format';
import type {Operation, PaymentDetails, TimelineEntry} from './types';

const tones: [RegExp, string][] = [
  [/declined|failed|lost|contradicted/, 'bad'],
  [/doubt|reversal|required/, 'warn'],
  [/approved|captured|succeeded|settled|completed/, 'good'],
];
const toneOf = (type: string) => tones.find(([pattern]) => pattern.test(type))?.[1] ?? '';

const batchUs = 1_000; // records of one batch are a microsecond apart

// The first record of the acquirer's answer says how long it took.
function answersOf({operations, timeline}: PaymentDetails): Map<number, Operation> {
  const answers = new Map<number, Operation>();
  for (const one of operations) {
    const entry = timeline.find(
      ({data, time_us}) =>
        data.operation === one.operation && one.answered_us !== null && time_us > one.requested_us && one.answered_us - time_us < batchUs,
    );
    if (entry) answers.set(entry.sequence, one);
  }
  return answers;
}

export function Timeline({payment}: {payment: PaymentDetails}) {
  const answers = answersOf(payment);
  return (
    <>
      <ol class="timeline">
        {payment.timeline.map((entry, i) => (
          <Entry key={entry.sequence} entry={entry} first={i === 0} answered={answers.get(entry.sequence)} payment={payment} />
        ))}
      </ol>
      {payment.timeline_cut && (
        <p class="muted">
          There are more records: <code>tollgate audit show</code> lists all of them.
        </p>
      )}
    </>
  );
}

interface SaidByHand {
  outcome: string;
  reference: string;
  reason: string;
  resolved_by: string;
  approved_by: string;
}

function Entry({
  entry,
  first,
  answered,
  payment,
}: {
  entry: TimelineEntry;
  first: boolean;
  answered: Operation | undefined;
  payment: PaymentDetails;
}) {
  const [open, setOpen] = useState(false);
  const {amount} = entry.data as {amount?: number};
  const said = entry.type === 'operation_resolved_by_hand' ? (entry.data as unknown as SaidByHand) : undefined;
  return (
    <li class={toneOf(entry.type)}>
      <div class="what">
        <button type="button" class="reveal" aria-expanded={open} onClick={() => setOpen(!open)}>
          {words(entry.type)}
        </button>
        {amount !== undefined && <span class="num strong">{money(amount, payment.currency, payment.currency_digits)}</span>}
        {answered && !said && (
          <span class="took">
            acquirer took <b class="num">{duration(answered.took_us)}</b>
          </span>
        )}
      </div>
      <div class="when num">
        <time dateTime={exact(entry.time_us)} title={exact(entry.time_us)}>
          {time(entry.time_us / 1000)}
        </time>
        <span>{first ? 'start' : `+${duration(entry.since_previous_us)}`}</span>
      </div>
      {said && (
        <p class="who">
          {words(said.outcome)}, say {said.resolved_by} and {said.approved_by}: “{said.reason}” ({said.reference})
        </p>
      )}
      {entry.request && (
        <p class="who">
          {entry.request.operation} <span class="muted">by key</span> <code>{entry.request.key ?? '–'}</code>{' '}
          <code>{entry.request.id}</code>
        </p>
      )}
      {open && (
        <pre tabIndex={0}>
          {JSON.stringify({sequence: entry.sequence, ...entry.data, ...(entry.request && {request: entry.request})}, null, 2)}
        </pre>
      )}
    </li>
  );
}
