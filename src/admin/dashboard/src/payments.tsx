// Payments: the newest of all partners as they come, or a search.
import {useEffect, useRef, useState} from 'preact/hooks';
import {type ApiError, get, query} from './api';
import {PartnerChoice} from './partner_choice';
import {PaymentRows} from './payment_rows';
import {go, replace, useRoute} from './router';
import {store, useStore} from './store';
import type {Page, Payment} from './types';
import {Button, Card, Empty, Icon, Loading, Problem} from './ui';
import {count} from './format';

const pagePayments = 50;
const typingPauseMs = 300;
const idPattern = /^(pi|ch|re|txn)_\w+$/;
const fields = ['partner', 'status', 'mode', 'amount', 'currency', 'last4', 'metadata'] as const;
const patterns: Partial<Record<(typeof fields)[number], RegExp>> = {last4: /^\d{4}$/, amount: /^\d+(\.\d+)?$/, currency: /^[A-Za-z]{3}$/};
type Filter = Record<(typeof fields)[number], string>;
const statuses: [string, string][] = [
  ['succeeded', 'Succeeded'],
  ['declined', 'Declined'],
  ['in_doubt', 'In doubt'],
  ['requires_capture', 'Authorized'],
  ['refunded', 'Refunded'],
  ['processing', 'Processing'],
  ['requires_action', 'Requires action'],
  ['requires_payment_method', 'Requires payment method'],
  ['requires_confirmation', 'Requires confirmation'],
  ['canceled', 'Canceled'],
];

export function Payments() {
  const route = useRoute();
  const inAddress = Object.fromEntries(fields.map((name) => [name, route.query.get(name) ?? ''])) as Filter;
  const [typed, setTyped] = useState(inAddress);
  const [id, setId] = useState('');
  const address = query(inAddress);
  useEffect(() => {
    // What is only half typed is not searched for yet.
    const whole = (name: keyof Filter, text: string) =>
      patterns[name] && !patterns[name].test(text) ? '' : text;
    const wanted = query(Object.fromEntries(fields.map((name) => [name, whole(name, typed[name].trim())])));
    if (wanted === query(inAddress)) return;
    const timer = setTimeout(() => replace('/payments' + wanted), typingPauseMs);
    return () => clearTimeout(timer);
  }, [typed]);
  const set = (name: keyof Filter) => (event: {currentTarget: HTMLInputElement | HTMLSelectElement}) => {
    const {value} = event.currentTarget;
    setTyped((now) => ({...now, [name]: value}));
  };
  const list = usePayments(address);
  const filtered = address !== '';
  return (
    <>
      <header class="page">
        <h1>Payments</h1>
        <p class="sub">{filtered ? 'Search' : 'The newest of all partners, as they come'}</p>
      </header>
      <Card flush>
        <form
          class="filters"
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            if (idPattern.test(id.trim())) go(`/payments/${id.trim()}`);
          }}
        >
          <button type="submit" hidden>Open</button>
          <label class="search wide">
            <Icon name="search" />
            <span class="hidden">Open by id</span>
            <input
              type="search"
              data-key="/"
              spellcheck={false}
              placeholder="Open by id (pi_, ch_ …)"
              value={id}
              onInput={(event) => setId(event.currentTarget.value)}
            />
            <kbd>/</kbd>
          </label>
          <label>
            <span class="hidden">State</span>
            <select value={typed.status} onChange={set('status')}>
              <option value="">Any state</option>
              {statuses.map(([value, text]) => (
                <option key={value} value={value}>
                  {text}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span class="hidden">Mode</span>
            <select value={typed.mode} onChange={set('mode')}>
              <option value="">Test and live</option>
              <option value="test">Test</option>
              <option value="live">Live</option>
            </select>
          </label>
          <label>
            <span class="hidden">Partner</span>
            <PartnerChoice value={typed.partner} change={(value) => setTyped((now) => ({...now, partner: value}))} />
          </label>
          <label>
            <span class="hidden">Amount</span>
            <input class="short num" inputMode="decimal" placeholder="Amount" value={typed.amount} onInput={set('amount')} />
          </label>
          <label>
            <span class="hidden">Currency</span>
            <input class="short" maxLength={3} placeholder="Currency" spellcheck={false} value={typed.currency} onInput={set('currency')} />
          </label>
          <label>
            <span class="hidden">Last four digits</span>
            <input class="short num" inputMode="numeric" maxLength={4} placeholder="Last four" value={typed.last4} onInput={set('last4')} />
          </label>
          <label>
            <span class="hidden">Metadata</span>
            <input placeholder="Metadata" title="key=value, or a value under any key" spellcheck={false} value={typed.metadata} onInput={set('metadata')} />
          </label>
          {filtered && (
            <Button kind="quiet" onClick={() => setTyped(Object.fromEntries(fields.map((name) => [name, ''])) as Filter)}>
              Clear
            </Button>
          )}
        </form>
        {list.error && !list.payments ? (
          <Problem error={list.error} retry={list.reload} />
        ) : list.payments === null ? (
          <Loading lines={8} />
        ) : list.payments.length === 0 ? (
          filtered ? (
            <Empty title="No payment fits">
              {list.lookedAtAll ? 'Nothing among all payments.' : 'Only the newest were looked at: choose a partner to go further back.'}
            </Empty>
          ) : (
            <Empty title="No payments yet">The first one appears here as soon as a partner makes it.</Empty>
          )
        ) : (
          <PaymentRows payments={list.payments} withPartner />
        )}
        {list.error && list.payments && (
          <p class="hint wrong inset" role="alert">
            {list.error.message}
          </p>
        )}
        {list.payments !== null && list.payments.length > 0 && (
          <div class="more">
            {list.hasMore && inAddress.partner && (
              <Button onClick={list.more} busy={list.loading}>
                Show more
              </Button>
            )}
            <span class="muted num">
              {count(list.payments.length)} shown
              {list.hasMore && !inAddress.partner ? ': choose a partner to go further back' : !list.lookedAtAll ? ', among the newest' : ''}
            </span>
          </div>
        )}
      </Card>
    </>
  );
}

function usePayments(address: string) {
  const {overview} = useStore();
  const [state, setState] = useState<{
    payments: Payment[] | null;
    hasMore: boolean;
    lookedAtAll: boolean;
    loading: boolean;
    error: ApiError | null;
  }>({payments: null, hasMore: false, lookedAtAll: true, loading: true, error: null});
  const [round, setRound] = useState(0);
  const paged = useRef(false),
    reading = useRef(false);
  const read = async (after: string | undefined, before: Payment[], signal?: AbortSignal) => {
    reading.current = true;
    try {
      const extra = query({after, limit: pagePayments}).slice(1);
      const page = await get<Page<Payment>>(`payments${address ? `${address}&${extra}` : `?${extra}`}`, signal);
      setState({
        payments: [...before, ...page.data],
        hasMore: page.has_more,
        lookedAtAll: page.looked_at_all ?? true,
        loading: false,
        error: null,
      });
    } catch (error) {
      if (!signal?.aborted) setState((now) => ({...now, loading: false, error: error as ApiError}));
    }
    reading.current = false;
  };
  useEffect(() => {
    paged.current = false;
    const stop = new AbortController();
    void read(undefined, [], stop.signal);
    return () => stop.abort();
  }, [address, round]);
  // The stream tells of traffic; who has gone further back is left where they are.
  const traffic = store.overview?.requests_per_s ?? 0;
  useEffect(() => {
    if (traffic > 0 && !paged.current && !reading.current && !document.hidden) void read(undefined, []);
  }, [overview?.time]);
  const more = () => {
    paged.current = true;
    setState((now) => ({...now, loading: true}));
    void read(state.payments?.at(-1)?.id, state.payments ?? []);
  };
  return {...state, more, reload: () => setRound((n) => n + 1)};
}
