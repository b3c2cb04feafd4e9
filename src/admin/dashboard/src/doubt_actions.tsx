// What people do about one operation in doubt: have the acquirer asked at once, or say what became of it, which waits for a second person.
import {useState} from 'preact/hooks';
import {post} from './api';
import {Actions, Confirm, useAction} from './confirm';
import {money, time, words} from './format';
import {may} from './me';
import type {Doubt, DoubtOperation, HandOutcome} from './types';
import {Badge, Button, Dialog, Facts, Field, Refusal} from './ui';

const meanings: Record<HandOutcome, string> = {
  approved: 'It was done, as it was asked for. The money is booked, and the partner sees the payment go on.',
  declined: 'It was refused. That is final at once, and the partner may try again.',
  never_happened: 'The acquirer has no trace of it. A charge is reversed first, so that a late arrival cannot stand.',
  reversed: 'Nothing of it stands any more: the acquirer confirms that it was undone.',
};

// How far the node has come with it.
export function AcquirerSays({one}: {one: DoubtOperation}) {
  const asked = one.resolving;
  if (!asked) return <span class="muted">{one.acquirer ?? 'not configured'}: not being asked</span>;
  return (
    <>
      {one.acquirer ?? 'not configured'} {asked.asks === 'reverse' ? 'told to reverse' : 'asked'} {asked.tries}×
      <small class="below">
        {asked.tries > 0 && `${asked.last_answer === 'none' ? 'no answer yet' : `last: ${words(asked.last_answer).toLowerCase()}`}, `}
        {asked.next_try !== null && `next ${time(asked.next_try * 1_000)}`}
      </small>
    </>
  );
}

export interface DoubtAsked {
  what: 'inquire' | 'resolve';
  doubt: Doubt;
  one: DoubtOperation;
}

// In the row: what may be done.
export function DoubtActions({doubt, one, ask}: {doubt: Doubt; one: DoubtOperation; ask: (asked: DoubtAsked) => void}) {
  return (
    <>
      {one.approval && (
        <Badge tone="accent">
          {words(one.approval.body.outcome ?? '')}: {one.approval.requested_by} waits for approval
        </Badge>
      )}{' '}
      {may('operate') && (
        <Button kind="quiet" onClick={() => ask({what: 'inquire', doubt, one})}>
          Ask now
        </Button>
      )}{' '}
      {may('operate') && !one.approval && (
        <Button kind="quiet" onClick={() => ask({what: 'resolve', doubt, one})}>
          Resolve
        </Button>
      )}
    </>
  );
}

// Outside of the table: what was chosen.
export const DoubtDialog = ({asked, close}: {asked: DoubtAsked; close: () => void}) =>
  asked.what === 'inquire' ? <AskNow {...asked} close={close} /> : <Resolve {...asked} close={close} />;

interface DialogProps {
  doubt: Doubt;
  one: DoubtOperation;
  close: () => void;
}
const pathOf = ({doubt, one}: DialogProps) => `in_doubt/${doubt.object}/${one.operation}`;

const What = ({doubt, one}: {doubt: Doubt; one: DoubtOperation}) => (
  <Facts
    rows={[
      ['Operation', `${words(one.kind)} of ${money(one.amount, doubt.currency ?? '')}`],
      ['Reference', <code>{one.reference}</code>],
    ]}
  />
);

function AskNow(props: DialogProps) {
  const ask = async () => {
    await post(`${pathOf(props)}/inquire`, {partner: props.doubt.partner});
    props.close();
  };
  return (
    <Confirm title="Ask the acquirer now?" action="Ask now" kind="primary" close={props.close} act={ask}>
      <p class="lead">The next try goes out at once instead of at its time. Nothing else changes.</p>
      <What {...props} />
    </Confirm>
  );
}

function Resolve(props: DialogProps) {
  const {one, doubt} = props;
  const [outcome, setOutcome] = useState<HandOutcome>(one.can_be_resolved_as[0] ?? 'approved');
  const [reference, setReference] = useState('');
  const [reason, setReason] = useState('');
  const {error, busy, run} = useAction();
  const say = async () => {
    await post(`${pathOf(props)}/resolve`, {partner: doubt.partner, outcome, reference, reason});
    props.close();
  };
  const problemOf = (name: string) => (error?.field === name ? error.message : undefined);
  return (
    <Dialog title="Say what became of it" close={props.close} wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run(say);
        }}
      >
        <p class="lead">
          Only what the acquirer itself told you. Nothing is done until a second person approves it; both names and the reason stand in
          the log for ever, and the partner can read them.
        </p>
        <What {...props} />
        <Field label="Outcome" hint={meanings[outcome]}>
          {(id, described) => (
            <select
              id={id}
              name="outcome"
              data-first
              value={outcome}
              aria-describedby={described}
              onChange={(event) => setOutcome(event.currentTarget.value as HandOutcome)}
            >
              {one.can_be_resolved_as.map((name) => (
                <option key={name} value={name}>
                  {words(name)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="The acquirer’s reference" hint="Of the operation, or of what they told you." error={problemOf('reference')}>
          {(id, described) => (
            <input
              id={id}
              name="reference"
              maxLength={100}
              required
              autocomplete="off"
              value={reference}
              aria-describedby={described}
              onInput={(event) => setReference(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Reason" hint="Why you are sure, in a sentence." error={problemOf('reason')}>
          {(id, described) => (
            <input
              id={id}
              name="reason"
              minLength={10}
              maxLength={400}
              required
              autocomplete="off"
              value={reason}
              aria-describedby={described}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          )}
        </Field>
        {error && !problemOf('reference') && !problemOf('reason') && <Refusal error={error} />}
        <Actions action="Ask for approval" kind="danger" busy={busy} error={error} close={props.close} />
      </form>
    </Dialog>
  );
}
