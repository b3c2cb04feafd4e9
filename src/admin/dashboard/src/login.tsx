import {useEffect, useRef, useState} from 'preact/hooks';
import {ApiError, token} from './api';
import {Logo} from './app';
import {learnMe} from './me';
import {changed, store, useStore} from './store';
import {Button, Field} from './ui';

export function Login() {
  const {loginNote} = useStore();
  const [text, setText] = useState('');
  const [error, setError] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const logIn = async (event: Event) => {
    event.preventDefault();
    const given = text.trim();
    if (!given) return setError('Paste the token first.');
    setBusy(true);
    setError(undefined);
    token.set(given);
    try {
      await learnMe();
      store.loggedIn = true;
      store.loginNote = null;
      store.connection = 'connecting';
      changed();
    } catch (problem) {
      token.clear();
      const {status, message} = problem as ApiError;
      setError(status === 401 ? 'The node does not know this token.' : message);
      setBusy(false);
    }
  };
  return (
    <main class="login" id="main">
      <form onSubmit={logIn}>
        <Logo />
        <h1>tollgate</h1>
        <p class="lead">{loginNote ?? 'Log in to this node with an operator’s token.'}</p>
        <Field
          label="Admin token"
          error={error}
          hint={
            <>
              Yours, or the first one in <code>admin.token</code> in the node’s data directory. It is forgotten when this tab closes.
            </>
          }
        >
          {(id, described) => (
            <input
              ref={field}
              id={id}
              name="token"
              type="password"
              autocomplete="off"
              spellcheck={false}
              value={text}
              aria-describedby={described}
              aria-invalid={!!error}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
        </Field>
        <Button kind="primary" type="submit" busy={busy}>
          {busy ? 'Logging in…' : 'Log in'}
        </Button>
      </form>
    </main>
  );
}
