// What an operator changes of a partner. Each says what follows from it before it is done.
import {useState} from 'preact/hooks';
import {post} from './api';
import {Actions, Confirm, useAction} from './confirm';
import {Secrets} from './create_partner';
import {words} from './format';
import type {ApiKey, Partner, SecretKey} from './types';
import {Dialog, Field, Refusal} from './ui';

export const limitNames: Record<string, {label: string; hint: string}> = {
  requests_per_second: {label: 'Requests per second', hint: 'on average, over all its keys of a mode'},
  burst: {label: 'Burst', hint: 'requests at once, before the average counts'},
  concurrent_requests: {label: 'Concurrent requests', hint: 'in work at a time'},
  amount_max: {label: 'Largest payment', hint: 'in minor units of its currency'},
  queue_depth: {label: 'Queue', hint: 'commands that may wait'},
  amount_per_day: {label: 'Amount per day', hint: 'in minor units, for each currency'},
  declines_per_card: {label: 'Declines per card', hint: 'then the card is refused for a while'},
  declines_per_bin: {label: 'Declines per card range', hint: 'of the first digits'},
  decline_window_s: {label: 'Decline window', hint: 'in seconds'},
};

export function ChangeStatus({partner, close, done}: {partner: Partner; close: () => void; done: (after: Partner) => void}) {
  const [reason, setReason] = useState('');
  const suspend = partner.status === 'active';
  const act = async () =>
    done(await post<Partner>(`partners/${partner.id}/${suspend ? 'suspend' : 'resume'}`, suspend && reason ? {reason} : {}));
  return (
    <Confirm
      title={suspend ? `Suspend ${partner.name}?` : `Resume ${partner.name}?`}
      action={suspend ? 'Suspend partner' : 'Resume partner'}
      kind={suspend ? 'danger' : 'primary'}
      close={close}
      act={act}
    >
      {suspend ? (
        <>
          <p class="lead">
            New payments are refused at once. What is under way is finished, and its keys stay as they are for when it is resumed.
          </p>
          <Field label="Reason" hint="Kept with the change; optional.">
            {(id, described) => (
              <input
                id={id}
                name="reason"
                maxLength={200}
                data-first
                autocomplete="off"
                value={reason}
                aria-describedby={described}
                onInput={(event) => setReason(event.currentTarget.value)}
              />
            )}
          </Field>
        </>
      ) : (
        <p class="lead">It takes payments again at once, with the keys that it has.</p>
      )}
    </Confirm>
  );
}

export function ChangeLimits({partner, close, done}: {partner: Partner; close: () => void; done: (after: Partner) => void}) {
  const [values, setValues] = useState(() =>
    Object.fromEntries(Object.entries(partner.limits).map(([name, value]) => [name, value === 0 ? '' : String(value)])),
  );
  const {error, busy, run} = useAction();
  const save = (event: Event) => {
    event.preventDefault();
    const limits = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, text === '' ? 0 : Number(text)]));
    void run(async () => done(await post<Partner>(`partners/${partner.id}`, {limits, version: partner.version})));
  };
  return (
    <Dialog title={`Limits of ${partner.name}`} close={close}>
      <form onSubmit={save}>
        <p class="lead">Empty means no limit of its own. A change holds from the next request on.</p>
        <div class="pairs">
          {Object.keys(values).map((name, i) => (
            <Field
              key={name}
              label={limitNames[name]?.label ?? words(name)}
              hint={limitNames[name]?.hint}
              error={error?.field === `limits.${name}` ? error.message : undefined}
            >
              {(id, described) => (
                <input
                  id={id}
                  name={name}
                  type="number"
                  min={0}
                  step={1}
                  inputMode="numeric"
                  class="num"
                  placeholder="no limit"
                  data-first={i === 0 ? '' : undefined}
                  value={values[name]}
                  aria-describedby={described}
                  onInput={(event) => {
                    const text = event.currentTarget.value;
                    setValues((now) => ({...now, [name]: text}));
                  }}
                />
              )}
            </Field>
          ))}
        </div>
        {error && !error.field?.startsWith('limits.') && <Refusal error={error} />}
        <Actions action="Save limits" kind="primary" busy={busy} error={error} close={close} />
      </form>
    </Dialog>
  );
}

interface MadeKey extends ApiKey {
  secret_key: string;
}
const secretOf = ({id, mode, secret_key}: MadeKey): SecretKey => ({id, mode, secret_key});

export function NewKey({partner, close}: {partner: Partner; close: () => void}) {
  const [mode, setMode] = useState('test');
  const [made, setMade] = useState<SecretKey | null>(null);
  if (made)
    return (
      <Dialog title="The new key" close={close} keepOpen>
        <Secrets keys={[made]} done={close} />
      </Dialog>
    );
  const act = async () => setMade(secretOf(await post<MadeKey>(`partners/${partner.id}/keys`, {mode})));
  return (
    <Confirm title="New API key" action="Make the key" kind="primary" close={close} act={act}>
      <Field label="Mode" hint="Test keys reach the sandbox only; live keys move money.">
        {(id, described) => (
          <select id={id} value={mode} aria-describedby={described} onChange={(event) => setMode(event.currentTarget.value)}>
            <option value="test">Test</option>
            <option value="live">Live</option>
          </select>
        )}
      </Field>
    </Confirm>
  );
}

export function KeyAction({
  partner,
  apiKey,
  action,
  close,
}: {
  partner: Partner;
  apiKey: ApiKey;
  action: 'roll' | 'revoke';
  close: () => void;
}) {
  const [made, setMade] = useState<SecretKey | null>(null);
  if (made)
    return (
      <Dialog title="The new key" close={close} keepOpen>
        <Secrets keys={[made]} done={close} />
      </Dialog>
    );
  const path = `partners/${partner.id}/keys/${apiKey.id}/${action}`;
  const act = async () => {
    if (action === 'revoke') {
      await post(path);
      close();
    } else {
      setMade(secretOf(await post<MadeKey>(path)));
    }
  };
  return (
    <Confirm
      title={action === 'roll' ? 'Roll this key?' : 'Revoke this key?'}
      action={action === 'roll' ? 'Roll key' : 'Revoke key'}
      kind={action === 'roll' ? 'primary' : 'danger'}
      close={close}
      act={act}
    >
      <p class="lead">
        {action === 'roll'
          ? 'A new key is made. The old one stays valid for a day, so that the partner can change over without an interruption.'
          : 'Requests with it are refused at once, and it cannot be made valid again. If the partner still uses it, roll it instead.'}
      </p>
      <p>
        <code>{apiKey.id}</code>
      </p>
    </Confirm>
  );
}
