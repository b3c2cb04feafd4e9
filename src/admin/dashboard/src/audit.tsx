// Who did what. Read when asked for and not by itself, since reading it is noted in it.
import {useState} from 'preact/hooks';
import {moment, exact, words} from './format';
import {query} from './api';
import {useLoad} from './load';
import {PartnerLink} from './names';
import type {AuditItem, Page} from './types';
import {Badge, Button, Card, Empty, Loading, Problem} from './ui';

const pageItems = 100;

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
  const loaded = useLoad<Page<AuditItem>>(`audit${query({limit: pageItems, before})}`);
  const items = loaded.data?.data,
    last = items?.at(-1)?.sequence;
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
        {loaded.error && !items ? (
          <Problem error={loaded.error} retry={loaded.reload} />
        ) : !items ? (
          <Loading lines={8} />
        ) : items.length === 0 ? (
          <Empty title="Nothing yet">Each change that an operator asks for is kept here.</Empty>
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
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {loaded.data?.has_more && last !== undefined && (
          <div class="more">
            <Button busy={loaded.loading} onClick={() => setBefore(last)}>
              Older
            </Button>
          </div>
        )}
      </Card>
    </>
  );
}
