// One payment: what came of it, step by step with the time that each took, and its receipt.
import {useState} from 'preact/hooks';
import {type ApiError, call, query} from './api';
import {duration, exact, moment, money, words} from './format';
import {PartnerLink} from './names';
import {useLoad} from './load';
import {cardText} from './payment_rows';
import {useRoute} from './router';
import {Timeline} from './timeline';
import type {PaymentDetails} from './types';
import {Badge, Button, Card, Empty, Facts, Icon, Id, Loading, Mode, PaymentState, Problem, type Tone} from './ui';

export function PaymentPage({id}: {id: string}) {
  const route = useRoute();
  const partner = route.query.get('partner');
  const loaded = useLoad<PaymentDetails>(`payments/${encodeURIComponent(id)}${query({partner})}`, 3_000);
  const payment = loaded.data;
  const back = (
    <p class="back">
      <a href="#/payments">
        <Icon name="back" />
        Payments
      </a>
    </p>
  );
  if (!payment)
    return (
      <>
        {back}
        {loaded.error ? <Problem error={loaded.error} retry={loaded.reload} /> : <Loading lines={10} />}
      </>
    );
  const amount = (minor: number) => money(minor, payment.currency, payment.currency_digits);
  return (
    <>
      {back}
      <header class="page">
        <h1 class="num">{amount(payment.amount)}</h1>
        <PaymentState payment={payment} />
        <Mode mode={payment.mode} />
        <Id text={payment.id} />
        <div class="actions">
          <Receipt payment={payment} />
        </div>
      </header>
      <div class="grid wide-narrow">
        <Card title="Timeline" note={`${payment.timeline.length} records, in the order of the log`}>
          <Timeline payment={payment} />
        </Card>
        <div class="stack">
          <Card title="Payment">
            <Facts
              rows={[
                ['Partner', <PartnerLink id={payment.partner} />],
                [
                  'Made',
                  <time dateTime={exact(payment.created_us)} title={exact(payment.created_us)}>
                    {moment(payment.created_us / 1000)}
                  </time>,
                ],
                ['Card', cardText(payment.card)],
                ['Captured', <span class="num">{amount(payment.amount_captured)}</span>],
                ['Refunded', <span class="num">{amount(payment.amount_refunded)}</span>],
                ['Capture', words(payment.capture_method)],
                ...(payment.decline_code ? [['Declined because', words(payment.decline_code)] as [string, string]] : []),
                ...(payment.cancellation_reason ? [['Canceled because', words(payment.cancellation_reason)] as [string, string]] : []),
                ...(payment.customer ? [['Customer', <code>{payment.customer}</code>] as [string, preact.ComponentChildren]] : []),
                ...(payment.description ? [['Description', payment.description] as [string, string]] : []),
                ['Status in the API', <code>{payment.status}</code>],
              ]}
            />
          </Card>
          {Object.keys(payment.metadata).length > 0 && (
            <Card title="Metadata">
              <Facts rows={Object.entries(payment.metadata)} />
            </Card>
          )}
        </div>
      </div>
      <Acquirer payment={payment} amount={amount} />
      <Money payment={payment} amount={amount} />
    </>
  );
}

const operationTone: Record<string, Tone> = {approved: 'good', declined: 'bad', in_doubt: 'warn', reversing: 'warn'};

function Acquirer({payment, amount}: {payment: PaymentDetails; amount: (minor: number) => string}) {
  return (
    <Card title="At the acquirer" note={payment.attempts.at(-1)?.acquirer} flush>
      {payment.operations.length === 0 ? (
        <Empty title="Nothing was sent yet">The acquirer is asked once the payment is confirmed.</Empty>
      ) : (
        <div class="scroll">
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Operation</th>
                <th scope="col">Outcome</th>
                <th scope="col" class="num">
                  Amount
                </th>
                <th scope="col" class="num">
                  Took
                </th>
                <th scope="col">Reference</th>
              </tr>
            </thead>
            <tbody>
              {payment.operations.map((one) => (
                <tr key={one.operation}>
                  <th scope="row">{words(one.kind)}</th>
                  <td>
                    <Badge tone={operationTone[one.state] ?? 'plain'}>{words(one.state)}</Badge>
                    {one.decline_code && <small class="muted"> {words(one.decline_code)}</small>}
                  </td>
                  <td class="num">{amount(one.amount)}</td>
                  <td class="num">{one.took_us === null ? <span class="muted">no answer yet</span> : duration(one.took_us)}</td>
                  <td>
                    <Id text={one.reference} />
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

function Money({payment, amount}: {payment: PaymentDetails; amount: (minor: number) => string}) {
  if (payment.transactions.length === 0) return null;
  return (
    <Card title="Balance transactions" flush>
      <div class="scroll">
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Transaction</th>
              <th scope="col">Kind</th>
              <th scope="col" class="num">
                Amount
              </th>
              <th scope="col" class="num">
                Fee
              </th>
              <th scope="col" class="num">
                Net
              </th>
              <th scope="col" class="num">
                Available
              </th>
            </tr>
          </thead>
          <tbody>
            {payment.transactions.map((one) => (
              <tr key={one.id}>
                <th scope="row">
                  <code>{one.id}</code>
                </th>
                <td>{words(one.type)}</td>
                <td class="num">{amount(one.amount)}</td>
                <td class="num">{amount(one.fee)}</td>
                <td class="num strong">{amount(one.net)}</td>
                <td class="num">{moment(one.available_us / 1000)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function Receipt({payment}: {payment: PaymentDetails}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      const response = await call(`payments/${payment.id}/receipt${query({partner: payment.partner})}`);
      const address = URL.createObjectURL(await response.blob());
      const link = document.createElement('a');
      link.href = address;
      link.download = `${payment.id}.receipt.json`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    } catch (problem) {
      setError(problem as ApiError);
    }
    setBusy(false);
  };
  return (
    <>
      {error && (
        <span class="hint wrong" role="alert">
          {error.message}
        </span>
      )}
      <Button
        onClick={save}
        busy={busy}
        title="Its records with the proof that they are in the signed log: tollgate audit verify-receipt checks it"
      >
        <Icon name="down" />
        Receipt
      </Button>
    </>
  );
}
