// Who did what. Read when asked for and not by itself, since reading it is noted in it.
import {useEffect, useState} from 'preact/hooks';
import {moment, exact, words} from './format';
import {query} from './api';
import {useLoad} from './load';
import {PartnerLink} from './names';
import type {AuditItem, Page} from './types';
import {Badge, Button, Card, Empty, Icon, Loading, Problem} from './ui';

const pageItems = 100,
  typingPauseMs = 500; // each reading stands in the trail

function Subject({text}: {text: string | null}) {
  if (!text) return <span class="muted">–</span>;
  if (text.startsWith('acct_')) return <PartnerLink id={text} />;
  return text.startsWith('pi_') ? (
    <a href={`#/payments/${text}`}>
      <code>{text}</code>
    </a>
  ) : (
    <code>{text}</code>
  );
}

export function Audit() {
  const [before, setBefore] = useState<number | null>(null);
  const [typed, setTyped] = useState('');
  const [user, setUser] = useState('');
  const loaded = useLoad<Page<AuditItem>>(`audit${query({limit: pageItems, before, user})}`);
  const items = loaded.data?.data,
    older = loaded.data?.has_more ? loaded.data.next_before : null;
  useEffect(() => {
    if (typed.trim() === user) return;
    const timer = setTimeout(() => {
      setBefore(null);
      setUser(typed.trim());
    }, typingPauseMs);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <>
      <header class="page">
        <h1>Audit trail</h1>
        <p class="sub">What people did on this node, newest first</p>
        <Button busy={loaded.loading} onClick={() => (before === null ? loaded.reload() : setBefore(null))}>
          {before === null ? 'Read again' : 'To the newest'}
        </Button>
      </header>
      <Card flush>
        <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
          <label class="search">
            <Icon name="search" />
            <span class="hidden">Of one user</span>
            <input type="search" data-key="/" placeholder="Of one user: the whole name" spellcheck={false} value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
            <kbd>/</kbd>
          </label>
        </form>
        {loaded.error && !items ? (
          <Problem error={loaded.error} retry={loaded.reload} />
        ) : !items ? (
          <Loading lines={8} />
        ) : items.length === 0 ? (
          <Empty title={user ? 'Nothing of this user' : 'Nothing yet'}>
            {older ? 'Among the newest: there are older records.' : 'Each change that a person asks for is kept here, and each refused access.'}
          </Empty>
        ) : (
          <div class="scroll">
            <table class="rows">
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col">User</th>
                  <th scope="col">Role</th>
                  <th scope="col">Action</th>
                  <th scope="col">Subject</th>
                  <th scope="col">From</th>
                  <th scope="col">Result</th>
                </tr>
              </thead>
              <tbody>
                {items.map((item, i) => (
                  <tr key={`${item.time_us}-${i}`}>
                    <td class="when">
                      <time dateTime={exact(item.time_us)} title={exact(item.time_us)}>
                        {moment(item.time_us / 1000)}
                      </time>
                    </td>
                    <th scope="row">{item.user ?? '–'}</th>
                    <td>{item.role ? words(item.role) : '–'}</td>
                    <td>{item.action}</td>
                    <td>
                      <Subject text={item.subject} />
                    </td>
                    <td class="when">{item.from ?? '–'}</td>
                    <td>
                      <Badge tone={/^(ok|2\d\d|done|allowed)$/.test(String(item.result)) ? 'good' : 'warn'}>{String(item.result)}</Badge>
                      {item.approved_by && <small class="muted"> approved by {item.approved_by}</small>}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {older && (
          <div class="more">
            <Button busy={loaded.loading} onClick={() => setBefore(older)}>
              Older
            </Button>
          </div>
        )}
      </Card>
    </>
  );
}
