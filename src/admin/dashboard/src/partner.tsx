// One partner: what it may, what it does, its keys and newest payments.
import {useState} from 'preact/hooks';
import {whyText} from './approvals';
import {age, count, date, money, moment, words} from './format';
import {useLoad} from './load';
import {may} from './me';
import {ChangeLimits, ChangeStatus, KeyAction, NewKey} from './partner_dialogs';
import {Traffic} from './partner_use';
import {PaymentRows} from './payment_rows';
import {changed, learnNames, store} from './store';
import type {ApiKey, Page, Partner, Payment} from './types';
import {Badge, Button, Card, Empty, Facts, Icon, Id, Loading, Mode, partnerTone, Problem} from './ui';

type Asked = {what: 'status'} | {what: 'close'} | {what: 'limits'} | {what: 'key'} | {what: 'roll' | 'revoke'; key: ApiKey};

export function PartnerPage({id}: {id: string}) {
  const loaded = useLoad<Partner>(`partners/${encodeURIComponent(id)}`, 2_000);
  const payments = useLoad<Page<Payment>>(`payments?partner=${encodeURIComponent(id)}&limit=10`, 3_000);
  const [asked, setAsked] = useState<Asked | null>(null);
  const partner = loaded.data;
  const done = (after?: Partner) => {
    setAsked(null);
    if (!after) return loaded.reload();
    learnNames([after]);
    loaded.set({...after, use: loaded.data?.use}); // the answer to a change does not tell it
    changed();
  };
  if (!partner)
    return (
      <>
        <Back />
        {loaded.error ? <Problem error={loaded.error} retry={loaded.reload} /> : <Loading lines={10} />}
      </>
    );
  return (
    <>
      <Back />
      <header class="page">
        <h1>{partner.name}</h1>
        <Badge tone={partnerTone(partner.status)}>{words(partner.status)}</Badge>
        <Id text={partner.id} />
        <div class="actions">
          {partner.status === 'active' && may('change_partners') && (
            <Button kind="danger" onClick={() => setAsked({what: 'status'})}>
              Suspend
            </Button>
          )}
          {partner.status === 'suspended' && may('change_partners') && (
            <Button kind="primary" onClick={() => setAsked({what: 'status'})}>
              Resume
            </Button>
          )}
        </div>
      </header>
      {partner.status !== 'active' && (
        <div class="banner warn">
          <strong>{partner.status === 'suspended' ? 'Suspended: no payment of it is taken.' : 'Closed for good.'}</strong>{' '}
          {partner.status_reason ?? ''}
        </div>
      )}
      <Waiting partner={partner} />
      <div class="grid halves">
        <Traffic partner={partner} change={() => setAsked({what: 'limits'})} />
        <Card title="Configuration">
          <Facts
            rows={[
              ['Country', partner.country || '–'],
              ['Default currency', partner.default_currency?.toUpperCase() ?? '–'],
              ['Currencies', partner.currencies.length === 0 ? 'all' : partner.currencies.map((c) => c.toUpperCase()).join(', ')],
              ['Fees', partner.fees.length === 0 ? 'none' : partner.fees.map(feeText).join('; ')],
              ['API version', partner.api_version ?? 'that of its first call'],
              ['Live acquirer', partner.live_acquirer ?? <span class="muted">none: live keys are refused</span>],
              ['Funds available after', `${partner.availability_delay_days} days`],
              ['Partition', String(partner.partition)],
              ['Since', date(partner.created * 1000)],
              ...Object.entries(partner.metadata).map(([key, value]) => [key, value] as [string, string]),
            ]}
          />
        </Card>
      </div>
      <Keys partner={partner} ask={setAsked} />
      <Card title="Newest payments" flush actions={<a href={`#/payments?partner=${partner.id}`}>All of them</a>}>
        {payments.error && !payments.data ? (
          <Problem error={payments.error} retry={payments.reload} />
        ) : !payments.data ? (
          <Loading />
        ) : payments.data.data.length === 0 ? (
          <Empty title="No payments yet">The first one appears here as soon as it is made.</Empty>
        ) : (
          <PaymentRows payments={payments.data.data} />
        )}
      </Card>
      {asked?.what === 'status' && <ChangeStatus partner={partner} close={() => setAsked(null)} done={done} />}
      {asked?.what === 'limits' && <ChangeLimits partner={partner} close={() => setAsked(null)} done={done} />}
      {asked?.what === 'key' && <NewKey partner={partner} close={() => done()} />}
      {(asked?.what === 'roll' || asked?.what === 'revoke') && (
        <KeyAction partner={partner} apiKey={asked.key} action={asked.what} close={() => done()} />
      )}
    </>
  );
}

function feeText(fee: Partner['fees'][number]): string {
  const share = `${fee.basis_points / 100}\u202f%`;
  if (fee.currency) return `${share} + ${money(fee.fixed, fee.currency)}`;
  return `others ${share}${fee.fixed > 0 ? ` + ${count(fee.fixed)} minor units` : ''}`;
}

function Waiting({partner}: {partner: Partner}) {
  const waiting = store.approvals.filter((one) => one.subject === partner.id);
  if (waiting.length === 0) return null;
  return (
    <div class="banner warn">
      <strong>{waiting.length === 1 ? 'A change waits' : `${waiting.length} changes wait`} for a second person:</strong>{' '}
      {waiting.map(whyText).join('; ')}. <a href="#/approvals">Approvals</a>
    </div>
  );
}

const Back = () => (
  <p class="back">
    <a href="#/partners">
      <Icon name="back" />
      Partners
    </a>
  </p>
);

function Keys({partner, ask}: {partner: Partner; ask: (asked: Asked) => void}) {
  const order = {valid: 0, expired: 1, revoked: 2} as Record<string, number>;
  const keys = [...partner.keys].sort((a, b) => (order[a.status] ?? 3) - (order[b.status] ?? 3) || b.created - a.created);
  return (
    <Card
      title="API keys"
      flush
      actions={
        partner.status !== 'closed' &&
        may('change_partners') && (
          <Button kind="quiet" onClick={() => ask({what: 'key'})}>
            <Icon name="plus" />
            New key
          </Button>
        )
      }
    >
      {keys.length === 0 ? (
        <Empty title="No keys">Without a key the partner cannot call.</Empty>
      ) : (
        <div class="scroll">
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Key</th>
                <th scope="col">Mode</th>
                <th scope="col">Scope</th>
                <th scope="col">Status</th>
                <th scope="col">Made</th>
                <th scope="col">Last used</th>
                <th scope="col">
                  <span class="hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {keys.map((key) => (
                <tr key={key.id} class={key.status === 'valid' ? '' : 'past'}>
                  <th scope="row">
                    <code>{key.id}</code>
                  </th>
                  <td>
                    <Mode mode={key.mode} />
                  </td>
                  <td>{words(key.scope)}</td>
                  <td>
                    {key.status === 'valid' && key.expires ? (
                      <Badge tone="warn">Ends in {age(key.expires - Date.now() / 1000)}</Badge>
                    ) : (
                      <Badge tone={key.status === 'valid' ? 'good' : 'plain'}>{words(key.status)}</Badge>
                    )}
                  </td>
                  <td class="when">{moment(key.created * 1000)}</td>
                  <td class="when">{key.last_used ? `${age(Date.now() / 1000 - key.last_used)} ago` : <span class="muted">–</span>}</td>
                  <td class="row-actions">
                    {key.status === 'valid' && partner.status !== 'closed' && may('change_partners') && (
                      <>
                        <Button kind="quiet" onClick={() => ask({what: 'roll', key})} aria-label={`Roll key ${key.id}`}>
                          Roll
                        </Button>
                        <Button kind="quiet" class="bad" onClick={() => ask({what: 'revoke', key})} aria-label={`Revoke key ${key.id}`}>
                          Revoke
                        </Button>
                      </>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
