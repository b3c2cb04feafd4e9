// What every page may show: the overview as it comes in, the last hour of it for the charts, who is
// logged in, what waits for a second person, names of partners.
import {useEffect, useState} from 'preact/hooks';
import {append, bounded, type Sample} from './history';
import type {ApprovalItem, Me, Overview, Partner} from './types';

export type Connection = 'connecting' | 'live' | 'lost';

export const store = {
  loggedIn: false,
  loginNote: null as string | null,
  overview: null as Overview | null,
  history: [] as Sample[],
  me: null as Me | null,
  approvals: [] as ApprovalItem[],
  connection: 'connecting' as Connection,
  names: new Map<string, string>(),
};

const watchers = new Set<() => void>();

export function changed() {
  for (const watcher of [...watchers]) watcher();
}

export function useStore() {
  const [, redraw] = useState(0);
  useEffect(() => {
    const watcher = () => redraw((n) => n + 1);
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  }, []);
  return store;
}

export function learnNames(partners: Partner[]) {
  for (const {id, name} of partners) store.names.set(id, name);
}

export function addOverview(overview: Overview) {
  store.overview = overview;
  store.connection = 'live';
  const ended = overview.ended_per_s;
  const quiet = overview.latency_us.p50 === 0 && overview.requests_per_s === 0;
  append(store.history, {
    time_s: Date.parse(overview.time) / 1000,
    step_s: 1,
    requests: overview.requests_per_s,
    failed: (ended.failed ?? 0) + (ended.overloaded ?? 0),
    declined: ended.declined ?? 0,
    p50: quiet ? null : overview.latency_us.p50 / 1000,
    p90: quiet ? null : overview.latency_us.p90 / 1000,
    p99: quiet ? null : overview.latency_us.p99 / 1000,
    approval: overview.approval_percent,
  });
  store.history = bounded(store.history);
  changed();
}
