// What waits for a second person: who asked, what would change, until when; and the decision of those who may.
import {useState} from 'preact/hooks';
import {post} from './api';
import {forMe, learnApprovals} from './approvals_live';
import {Confirm} from './confirm';
import {age, count, words} from './format';
import {limitNames} from './partner_dialogs';
import {PartnerLink} from './names';
import {holdersOf} from './me';
import {useStore} from './store';
import type {ApprovalItem} from './types';
import {Badge, Button, Card, Copy, Dialog, Empty} from './ui';

type Decision = {item: ApprovalItem; approve: boolean};

const titles: Record<string, string> = {
  'partner.update': 'Change of a partner',
  'user.create': 'A new user',
  'user.disable': 'The end of a user',
  'token.create': 'A token',
  'vault.rotate': 'New keys for the vault',
  'vault.rewrap': 'A new wrapping of the vault’s keys',
};

export function Approvals() {
  const {approvals, me} = useStore();
  const [asked, setAsked] = useState<Decision | null>(null);
  const [made, setMade] = useState<{user: string; token: string} | null>(null);
  const mine = forMe(approvals).length;
  return (
    <>
      <header class="page">
        <h1>Approvals</h1>
        <p class="sub">
          {approvals.length === 0
            ? 'What nobody does alone waits here for a second person'
            : `${count(approvals.length)} waiting, ${mine === 0 ? 'none' : count(mine)} for you`}
        </p>
      </header>
      {approvals.length === 0 ? (
        <Card>
          <Empty title="Nothing waits">
            {me?.approvals === 'off'
              ? 'This node asks no second person: admin.approvals is off.'
              : 'Higher limits, another live acquirer, users who may approve or operate and the vault’s keys need a second person. Requests appear here.'}
          </Empty>
        </Card>
      ) : (
        <ul class="stack" aria-label="Requests that wait">
          {approvals.map((item) => (
            <li key={item.id}>
              <Request item={item} decide={(approve) => setAsked({item, approve})} />
            </li>
          ))}
        </ul>
      )}
      {asked && <Decide {...asked} close={() => setAsked(null)} made={setMade} />}
      {made && <TokenOnce {...made} close={() => setMade(null)} />}
    </>
  );
}

export const whyText = ({why}: ApprovalItem) => why.replaceAll('_', ' ');
const titleOf = (item: ApprovalItem) => (item.action && titles[item.action]) || item.request;

function Request({item, decide}: {item: ApprovalItem; decide: (approve: boolean) => void}) {
  const now = Date.now() / 1000;
  return (
    <Card
      title={titleOf(item)}
      actions={item.own ? <Badge tone="warn">Waits for another person</Badge> : item.may_approve ? <Badge tone="accent">Waits for you</Badge> : <Badge>Waits</Badge>}
    >
      <p class="asked">
        <Subject item={item} />
        <span>
          asked by <b>{item.own ? 'you' : item.requested_by}</b>{' '}
          <time dateTime={new Date(item.requested * 1000).toISOString()}>{age(now - item.requested)} ago</time>
        </span>
        <span>
          ends in <b class="num">{age(item.expires - now)}</b>
        </span>
        <span>because it is {whyText(item)}</span>
      </p>
      <Changes item={item} />
      {item.outdated && (
        <p class="banner warn">The partner was changed since this was asked: approving would be refused. Reject it and ask again.</p>
      )}
      <div class="decide">
        {item.may_approve && (
          <Button kind="primary" onClick={() => decide(true)} aria-label={`Approve: ${titleOf(item)}, asked by ${item.requested_by}`}>
            Approve
          </Button>
        )}
        {item.may_reject && (
          <Button kind="danger" onClick={() => decide(false)} aria-label={`${item.own ? 'Withdraw' : 'Reject'}: ${titleOf(item)}`}>
            {item.own ? 'Withdraw' : 'Reject'}
          </Button>
        )}
        {!item.may_approve && (
          <span class="muted">
            {item.own ? `Nobody approves what they asked for: ${holdersOf(item.permission)} can.` : `Your role cannot decide this: ${holdersOf(item.permission)} can.`}
          </span>
        )}
      </div>
    </Card>
  );
}

function Subject({item}: {item: ApprovalItem}) {
  if (item.subject?.startsWith('acct_')) return <PartnerLink id={item.subject} />;
  return item.subject ? <b>{item.subject}</b> : null;
}

const fieldName = (field: string) => {
  const [group, rest] = field.split('.', 2);
  if (group === 'limits' && rest) return limitNames[rest]?.label ?? words(rest);
  return rest ? `${words(group!)}: ${rest}` : words(field);
};

export function valueText(field: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return 'none';
  if (field.startsWith('limits.') && value === 0) return 'no limit of its own';
  if (field === 'expires_in_s' && typeof value === 'number') return `after ${age(value)}`;
  if (field === 'role') return words(String(value));
  if (typeof value === 'number') return count(value);
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.length === 0 ? 'all' : value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function Changes({item}: {item: ApprovalItem}) {
  if (item.changes.length === 0) return item.action === 'partner.update' ? <p class="muted">It would change nothing any more.</p> : null;
  return (
    <div class="scroll">
      <table class="rows changes">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Now</th>
            <th scope="col">
              <span class="hidden">becomes</span>
            </th>
            <th scope="col">Then</th>
          </tr>
        </thead>
        <tbody>
          {item.changes.map(({field, before, after}) => (
            <tr key={field}>
              <th scope="row">{fieldName(field)}</th>
              <td class="num muted">{valueText(field, before)}</td>
              <td class="muted" aria-hidden="true">
                →
              </td>
              <td class="num strong">{valueText(field, after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Decide({item, approve, close, made}: Decision & {close: () => void; made: (one: {user: string; token: string}) => void}) {
  const act = async () => {
    const answer = await post<{user?: string; token?: string}>(`approvals/${item.id}/${approve ? 'approve' : 'reject'}`);
    await learnApprovals();
    close();
    if (approve && answer.token) made({user: answer.user ?? item.subject ?? '', token: answer.token});
  };
  const verb = approve ? 'Approve' : item.own ? 'Withdraw' : 'Reject';
  return (
    <Confirm title={`${verb} this?`} action={verb} kind={approve ? 'primary' : 'danger'} close={close} act={act}>
      <p class="lead">
        {approve
          ? `It is done at once, as ${item.requested_by} asked for it; the trail names both of you.`
          : 'Nothing is changed, and it is taken off the list. It can be asked for again.'}
      </p>
      <p class="asked">
        <b>{titleOf(item)}</b> <Subject item={item} />
      </p>
      <Changes item={item} />
    </Confirm>
  );
}

// The answer goes to who approved, and it is there once.
function TokenOnce({user, token, close}: {user: string; token: string; close: () => void}) {
  return (
    <Dialog title={`The new token of ${user}`} close={close} keepOpen>
      <p class="lead">Hand it over by a safe way: it is shown once and stored nowhere. They should make one of their own with it and revoke this one.</p>
      <ul class="secrets">
        <li>
          <code class="secret">{token}</code>
          <Copy text={token} label="the token" />
        </li>
      </ul>
      <footer>
        <Button kind="primary" onClick={close} data-first>
          I have kept it
        </Button>
      </footer>
    </Dialog>
  );
}
