import {useState} from 'preact/hooks';
import {type ApiError, post} from './api';
import {changed, learnNames} from './store';
import type {Partner, SecretKey} from './types';
import {Button, Copy, Dialog, Field, Mode, Refusal} from './ui';

export function CreatePartner({close}: {close: (made?: string) => void}) {
  const [made, setMade] = useState<Partner | null>(null);
  if (made)
    return (
      <Dialog title={`${made.name} is ready`} close={() => close(made.id)} keepOpen>
        <Secrets keys={made.secret_keys ?? []} done={() => close(made.id)} />
      </Dialog>
    );
  return (
    <Dialog title="New partner" close={() => close()}>
      <Form made={setMade} cancel={() => close()} />
    </Dialog>
  );
}

function Form({made, cancel}: {made: (partner: Partner) => void; cancel: () => void}) {
  const [name, setName] = useState('');
  const [country, setCountry] = useState('');
  const [currency, setCurrency] = useState('');
  const [live, setLive] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const create = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const body = {
        name: name.trim(),
        ...(country && {country: country.trim().toUpperCase()}),
        ...(currency && {default_currency: currency.trim().toLowerCase()}),
        keys: live ? ['test', 'live'] : ['test'],
      };
      const partner = await post<Partner>('partners', body);
      learnNames([partner]);
      changed();
      made(partner);
    } catch (problem) {
      setError(problem as ApiError);
      setBusy(false);
    }
  };
  const wrong = (field: string) => (error?.field === field ? error.message : undefined);
  return (
    <form onSubmit={create}>
      <Field label="Name" error={wrong('name')} hint="As operators and statements show it.">
        {(id, described) => (
          <input
            id={id}
            name="name"
            required
            data-first
            autocomplete="off"
            value={name}
            aria-describedby={described}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        )}
      </Field>
      <div class="pair">
        <Field label="Country" error={wrong('country')} hint="Two letters, optional.">
          {(id, described) => (
            <input
              id={id}
              name="country"
              maxLength={2}
              autocomplete="off"
              placeholder="US"
              value={country}
              aria-describedby={described}
              onInput={(event) => setCountry(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Default currency" error={wrong('default_currency')} hint="Three letters, optional.">
          {(id, described) => (
            <input
              id={id}
              name="currency"
              maxLength={3}
              autocomplete="off"
              placeholder="usd"
              value={currency}
              aria-describedby={described}
              onInput={(event) => setCurrency(event.currentTarget.value)}
            />
          )}
        </Field>
      </div>
      <label class="check">
        <input type="checkbox" checked={live} onChange={(event) => setLive(event.currentTarget.checked)} />
        <span>
          Make a live key as well<small>A test key is always made.</small>
        </span>
      </label>
      {error && !['name', 'country', 'default_currency'].includes(error.field ?? '') && <Refusal error={error} />}
      <footer>
        <Button onClick={cancel}>Cancel</Button>
        <Button kind="primary" type="submit" busy={busy}>
          Create partner
        </Button>
      </footer>
    </form>
  );
}

// The only time that a key is shown.
export function Secrets({keys, done}: {keys: SecretKey[]; done: () => void}) {
  return (
    <>
      <p class="lead">
        Hand {keys.length === 1 ? 'this key' : 'these keys'} to the partner now, by a safe way: {keys.length === 1 ? 'it is' : 'they are'}{' '}
        shown once and stored nowhere.
      </p>
      <ul class="secrets">
        {keys.map((key) => (
          <li key={key.id}>
            <Mode mode={key.mode} />
            <code class="secret">{key.secret_key}</code>
            <Copy text={key.secret_key} label={`the ${key.mode} key`} />
          </li>
        ))}
      </ul>
      <footer>
        <Button kind="primary" onClick={done} data-first>
          I have kept {keys.length === 1 ? 'it' : 'them'}
        </Button>
      </footer>
    </>
  );
}
