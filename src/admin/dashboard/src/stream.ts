// The overview as server-sent events. Read with fetch, since an EventSource cannot send the token.
import {get, logOut, token} from './api';
import {merged, type Past} from './history';
import {learnMe} from './me';
import {addOverview, changed, store} from './store';
import type {Overview} from './types';

const retryFirstMs = 1_000,
  retryMaxMs = 15_000;
const silenceMaxMs = 8_000; // the node says something each second

let running: AbortController | null = null;

export function startStream() {
  stopStream();
  running = new AbortController();
  void follow(running.signal);
}

export function stopStream() {
  running?.abort();
  running = null;
}

async function follow(stop: AbortSignal) {
  let retryMs = retryFirstMs;
  while (!stop.aborted) {
    try {
      await readOnce(stop, () => (retryMs = retryFirstMs));
    } catch {
      // Told by the connection's state.
    }
    if (stop.aborted) return;
    store.connection = 'lost';
    changed();
    await new Promise((done) => setTimeout(done, retryMs));
    retryMs = Math.min(retryMs * 2, retryMaxMs);
  }
}

async function readOnce(stop: AbortSignal, alive: () => void) {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), silenceMaxMs);
  try {
    const response = await fetch('/admin/v1/overview/stream', {
      headers: {Authorization: `Bearer ${token.get()}`},
      signal: AbortSignal.any([stop, silence.signal]),
    });
    if (response.status === 401) return logOut('The node no longer takes this token. Log in again.');
    if (!response.ok || !response.body) throw new Error(String(response.status));
    learnPast(stop);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const {value, done} = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), silenceMaxMs);
      alive();
      text += value;
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) take(event);
    }
  } finally {
    clearTimeout(timer);
  }
}

// With each connection anew: what went by meanwhile, the node still knows. And it may have other ideas of who this is.
function learnPast(stop: AbortSignal) {
  learnMe().catch(() => {});
  get<Past>('overview/history', stop).then(
    (past) => {
      store.history = merged(store.history, past);
      changed();
    },
    () => {}, // the charts begin with now
  );
}

function take(event: string) {
  let name = 'message',
    data = '';
  for (const line of event.split('\n')) {
    if (line.startsWith('event:')) name = line.slice(6).trim();
    else if (line.startsWith('data:')) data += line.slice(5).trim();
  }
  // Alerts are part of each overview.
  if (name === 'overview' && data) addOverview(JSON.parse(data) as Overview);
}
