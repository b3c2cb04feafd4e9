// A dialog that says what follows from a change, and then does it.
import type {ComponentChildren} from 'preact';
import {useState} from 'preact/hooks';
import type {ApiError} from './api';
import {learnApprovals} from './approvals_live';
import {Button, Dialog, Refusal} from './ui';

// Runs `act`, keeps what went wrong.
export function useAction() {
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const run = async (act: () => Promise<void>) => {
    if (error?.status === 202) return; // it waits already
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (problem) {
      setError(problem as ApiError);
      if ((problem as ApiError).status === 202) learnApprovals().catch(() => {});
    }
    setBusy(false);
  };
  return {error, busy, run};
}

// Under a form. What waits for somebody else is not sent a second time.
export function Actions(props: {action: string; kind: 'primary' | 'danger'; busy: boolean; error: ApiError | null; close: () => void}) {
  if (props.error?.status === 202)
    return (
      <footer>
        <a class="button" href="#/approvals">
          What waits
        </a>
        <Button kind="primary" onClick={props.close}>
          Close
        </Button>
      </footer>
    );
  return (
    <footer>
      <Button onClick={props.close}>Cancel</Button>
      <Button kind={props.kind} type="submit" busy={props.busy}>
        {props.action}
      </Button>
    </footer>
  );
}

export function Confirm(props: {
  title: string;
  action: string;
  kind: 'primary' | 'danger';
  close: () => void;
  act: () => Promise<void>;
  children: ComponentChildren;
}) {
  const {error, busy, run} = useAction();
  return (
    <Dialog title={props.title} close={props.close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run(props.act);
        }}
      >
        {props.children}
        {error && <Refusal error={error} />}
        <Actions action={props.action} kind={props.kind} busy={busy} error={error} close={props.close} />
      </form>
    </Dialog>
  );
}
