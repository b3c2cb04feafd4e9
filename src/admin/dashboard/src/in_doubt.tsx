// Operations whose outcome nobody knows. The node resolves them by itself; people may have it ask at once, and two of them may say what became of one.
import {useState} from 'preact/hooks';
import {AcquirerSays, DoubtActions, DoubtDialog, type DoubtAsked} from './doubt_actions';
import {age, amounts, count, money, words} from './format';
import {PartnerLink} from './names';
import {useLoad} from './load';
import {useStore} from './store';
import type {Doubt, Page, Status} from './types';
import {Badge, Card, Copy, Empty, Loading, Mode, Problem} from './ui';

interface Doubts extends Page<Doubt> {
  amount_in_doubt: Record<string, number>;
}

export function InDoubt() {
  const {overview} = useStore();
  const loaded = useLoad<Doubts>('in_doubt?order=oldest&limit=200', 3_000);
  const status = useLoad<Status>('status', 5_000);
  const doubts = loaded.data;
  const resolving = status.data?.acquirer;
  const [asked, setAsked] = useState<DoubtAsked | null>(null);
  return (
    <>
      <header class="page">
        <h1>In doubt</h1>
        <p class="sub">The acquirer was asked, and its answer is not known</p>
      </header>
      <div class="figures">
        <section class="figure">
          <h2>Amount in doubt</h2>
          <p class="value num">{doubts ? amounts(doubts.amount_in_doubt) || '0' : '–'}</p>
          <p class="note">
            {overview ? `${count(overview.in_doubt.payments)} ${overview.in_doubt.payments === 1 ? 'payment' : 'payments'}` : ''}
          </p>
        </section>
        <section class="figure">
          <h2>Oldest</h2>
          <p class="value num">{overview && overview.in_doubt.payments > 0 ? age(overview.in_doubt.oldest_s) : '–'}</p>
          <p class="note">since it was asked</p>
        </section>
        <section class="figure">
          <h2>Being resolved</h2>
          <p class="value num">{resolving ? count(resolving.inquiries + resolving.reversals) : '–'}</p>
          <p class="note">{resolving ? `${count(resolving.inquiries)} inquiries, ${count(resolving.reversals)} reversals` : ''}</p>
        </section>
      </div>
      <Card title="Payments" flush>
        {loaded.error && !doubts ? (
          <Problem error={loaded.error} retry={loaded.reload} />
        ) : !doubts ? (
          <Loading />
        ) : doubts.data.length === 0 ? (
          <Empty title="Nothing is in doubt">
            Every operation has its outcome. One without an answer is inquired, and reversed if it must be, until it is known.
          </Empty>
        ) : (
          <div class="scroll">
            <table class="rows">
              <thead>
                <tr>
                  <th scope="col">Payment</th>
                  <th scope="col">Partner</th>
                  <th scope="col">Operation</th>
                  <th scope="col" class="num">
                    Amount
                  </th>
                  <th scope="col" class="num">
                    For
                  </th>
                  <th scope="col">Acquirer</th>
                  <th scope="col" class="row-actions">
                    <span class="hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {doubts.data.flatMap((doubt) =>
                  (doubt.operations ?? [undefined]).map((one) => (
                    <tr key={doubt.object + (one?.reference ?? '')}>
                      <th scope="row">
                        {doubt.object.startsWith('pi_') ? (
                          <a href={`#/payments/${doubt.object}?partner=${doubt.partner}`}>
                            <code>{doubt.object}</code>
                          </a>
                        ) : (
                          <code>{doubt.object}</code>
                        )}
                        {one && (
                          <small class="below">
                            Reference <Copy text={one.reference} />
                          </small>
                        )}
                      </th>
                      <td>
                        <PartnerLink id={doubt.partner} /> <Mode mode={doubt.mode} />
                      </td>
                      <td>
                        {one ? (
                          <>
                            <Badge tone="warn">{words(one.state)}</Badge> <span class="muted">{words(one.kind)}</span>
                          </>
                        ) : (
                          '–'
                        )}
                      </td>
                      <td class="num strong">{one && doubt.currency ? money(one.amount, doubt.currency) : '–'}</td>
                      <td class="num">{one ? age(Date.now() / 1000 - one.requested) : '–'}</td>
                      <td>{one ? <AcquirerSays one={one} /> : '–'}</td>
                      <td class="row-actions">{one && <DoubtActions doubt={doubt} one={one} ask={setAsked} />}</td>
                    </tr>
                  )),
                )}
              </tbody>
            </table>
          </div>
        )}
      </Card>
      <Card title="What happens, and what you can do">
        <ul class="prose">
          <li>
            The node asks the acquirer again, with growing pauses, and reverses what must not stand. Unknown is never turned into declined
            by itself. <b>Ask now</b> does not wait for the next pause to end.
          </li>
          <li>Open the payment to see when it was asked and what was answered since.</li>
          <li>
            Give the acquirer’s support the reference if it stays open: they find the operation by it. What they tell you can be said here
            with <b>Resolve</b>; a second person must approve it. If the acquirer’s own answer contradicts later, that is recorded and
            raised as an alert.
          </li>
          <li>
            Suspend the partner if it should send nothing more until this is settled. The breaker of each acquirer is on{' '}
            <a href="#/node">Node</a>.
          </li>
        </ul>
      </Card>
      {asked && (
        <DoubtDialog
          asked={asked}
          close={() => {
            setAsked(null);
            loaded.reload();
          }}
        />
      )}
    </>
  );
}
