// What every page may show: the overview as it comes in, the last minutes of it for the charts, names of partners.
import {useEffect, useState} from 'preact/hooks';
import type {Overview, Partner} from './types';

export const historySeconds = 600;

export interface Sample {
  time_s: number;
  requests: number;
  failed: number;
  declined: number;
  p50: number | null;
  p90: number | null;
  p99: number | null;
  approval: number | null;
}

export type Connection = 'connecting' | 'live' | 'lost';

export const store = {
  loggedIn: false,
  loginNote: null as string | null,
  overview: null as Overview | null,
  history: [] as Sample[],
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
  store.history.push({
    time_s: Date.parse(overview.time) / 1000,
    requests: overview.requests_per_s,
    failed: (ended.failed ?? 0) + (ended.overloaded ?? 0),
    declined: ended.declined ?? 0,
    p50: quiet ? null : overview.latency_us.p50 / 1000,
    p90: quiet ? null : overview.latency_us.p90 / 1000,
    p99: quiet ? null : overview.latency_us.p99 / 1000,
    approval: overview.approval_percent,
  });
  if (store.history.length > historySeconds) store.history.splice(0, store.history.length - historySeconds);
  changed();
}
