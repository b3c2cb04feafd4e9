// All partners: searched, page by page.
import {useEffect, useState} from 'preact/hooks';
import {type ApiError, get, query} from './api';
import {CreatePartner} from './create_partner';
import {count, date, percent, rate} from './format';
import {may} from './me';
import {go, replace, useRoute} from './router';
import {changed, learnNames, useStore} from './store';
import type {Page, Partner} from './types';
import {Badge, Button, Card, Empty, Icon, Loading, partnerTone, Problem} from './ui';
import {words} from './format';

const pagePartners = 50;
const typingPauseMs = 200;

export function Partners() {
  const {overview} = useStore();
  const route = useRoute();
  const words_ = route.query.get('q') ?? '',
    status = route.query.get('status') ?? '';
  const [typed, setTyped] = useState(words_);
  const [creating, setCreating] = useState(false);
  const list = usePartners(words_, status);
  useEffect(() => {
    if (typed === words_) return;
    const timer = setTimeout(() => replace('/partners' + query({q: typed.trim(), status})), typingPauseMs);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <>
      <header class="page">
        <h1>Partners</h1>
        <p class="sub">{overview ? `${count(overview.node.partners)} in all` : ''}</p>
        {may('change_partners') && (
          <Button kind="primary" data-key="c" onClick={() => setCreating(true)}>
            <Icon name="plus" />
            New partner
          </Button>
        )}
      </header>
      <Card flush>
        <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
          <label class="search">
            <Icon name="search" />
            <span class="hidden">Search partners</span>
            <input
              type="search"
              data-key="/"
              placeholder="Name, id or key id"
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
            <kbd>/</kbd>
          </label>
          <label>
            <span class="hidden">Status</span>
            <select value={status} onChange={(event) => replace('/partners' + query({q: typed, status: event.currentTarget.value}))}>
              <option value="">Any status</option>
              <option value="active">Active</option>
              <option value="suspended">Suspended</option>
              <option value="closed">Closed</option>
            </select>
          </label>
        </form>
        {list.error ? (
          <Problem error={list.error} retry={list.reload} />
        ) : list.partners === null ? (
          <Loading lines={8} />
        ) : list.partners.length === 0 ? (
          words_ || status ? (
            <Empty title="No partner fits">Try a part of the name, or another status.</Empty>
          ) : (
            <Empty title="No partners yet">Create the first one: it gets a test key at once.</Empty>
          )
        ) : (
          <Table partners={list.partners} />
        )}
        {list.partners !== null && (list.page > 0 || list.hasMore) && (
          <nav class="more" aria-label="Pages of partners">
            <Button onClick={list.previous} disabled={list.page === 0} busy={list.loading && list.page > 0}>
              Previous
            </Button>
            <Button onClick={list.next} disabled={!list.hasMore} busy={list.loading && list.hasMore}>
              Next
            </Button>
            <span class="muted num" role="status">
              {count(list.page * pagePartners + 1)} to {count(list.page * pagePartners + list.partners.length)}
            </span>
          </nav>
        )}
      </Card>
      {creating && (
        <CreatePartner
          close={(made) => {
            setCreating(false);
            if (made) go(`/partners/${made}`);
          }}
        />
      )}
    </>
  );
}

// A page at a time, however many there are: what is shown stays small.
function usePartners(words_: string, status: string) {
  const [state, setState] = useState<{partners: Partner[] | null; page: number; hasMore: boolean; loading: boolean; error: ApiError | null}>({
    partners: null,
    page: 0,
    hasMore: false,
    loading: true,
    error: null,
  });
  const [ends, setEnds] = useState<string[]>([]); // the last partner of each page before
  const [round, setRound] = useState(0);
  useEffect(() => setEnds((now) => (now.length === 0 ? now : [])), [words_, status]);
  const after = ends.at(-1);
  useEffect(() => {
    const stop = new AbortController();
    setState((now) => ({...now, loading: true}));
    get<Page<Partner>>('partners' + query({q: words_, status, after, limit: pagePartners}), stop.signal).then(
      (page) => {
        learnNames(page.data);
        setState({partners: page.data, page: ends.length, hasMore: page.has_more, loading: false, error: null});
        changed();
      },
      (error) => {
        if (!stop.signal.aborted) setState((now) => ({...now, loading: false, error}));
      },
    );
    return () => stop.abort();
  }, [words_, status, after, round]);
  const next = () => {
    const last = state.partners?.at(-1)?.id;
    if (last) setEnds([...ends, last]);
    window.scrollTo(0, 0);
  };
  const previous = () => {
    setEnds(ends.slice(0, -1));
    window.scrollTo(0, 0);
  };
  return {...state, next, previous, reload: () => setRound((n) => n + 1)};
}

function Table({partners}: {partners: Partner[]}) {
  const {overview} = useStore();
  const busy = new Map((overview?.partners ?? []).map((row) => [row.partner, row]));
  return (
    <div class="scroll">
      <table class="rows links">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Status</th>
            <th scope="col">Id</th>
            <th scope="col" class="num">
              Requests/s
            </th>
            <th scope="col" class="num">
              Approved
            </th>
            <th scope="col">Keys</th>
            <th scope="col" class="num">
              Since
            </th>
          </tr>
        </thead>
        <tbody>
          {partners.map((partner) => {
            const row = busy.get(partner.id),
              keys = partner.keys.filter((key) => key.status === 'valid');
            return (
              <tr key={partner.id}>
                <th scope="row">
                  <a href={`#/partners/${partner.id}`}>{partner.name}</a>
                </th>
                <td>
                  <Badge tone={partnerTone(partner.status)}>{words(partner.status)}</Badge>
                </td>
                <td>
                  <code>{partner.id}</code>
                </td>
                <td class="num">{row && row.requests_per_s > 0 ? rate(row.requests_per_s) : <span class="muted">–</span>}</td>
                <td class="num">{row ? percent(row.approval_percent) : <span class="muted">–</span>}</td>
                <td>
                  {keys.length === 0 ? (
                    <span class="muted">none</span>
                  ) : (
                    [...new Set(keys.map((key) => key.mode))].sort().map((mode) => (
                      <span key={mode} class={`mode ${mode}`}>
                        {mode}
                      </span>
                    ))
                  )}
                </td>
                <td class="num">{date(partner.created * 1000)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
