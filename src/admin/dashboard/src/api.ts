// The admin API with the operator's token. The token lives as long as the tab, and leaves it only as a header to this node.
import {changed, store} from './store';

const tokenKey = 'tollgate.token';
const timeoutMs = 15_000;

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field?: string,
  ) {
    super(message);
  }
}

export const token = {
  get: () => sessionStorage.getItem(tokenKey),
  set: (value: string) => sessionStorage.setItem(tokenKey, value),
  clear: () => sessionStorage.removeItem(tokenKey),
};

export function logOut(why: string | null = null) {
  token.clear();
  store.loggedIn = false;
  store.loginNote = why;
  store.overview = null;
  store.me = null;
  store.approvals = [];
  store.history = [];
  changed();
}

async function errorOf(response: Response): Promise<ApiError> {
  try {
    const {error} = await response.json();
    return new ApiError(response.status, error.code, error.message, error.field);
  } catch {
    return new ApiError(response.status, 'unreadable', `The node answered with status ${response.status}.`);
  }
}

export async function call(path: string, options: RequestInit = {}): Promise<Response> {
  const signals = [AbortSignal.timeout(timeoutMs), ...(options.signal ? [options.signal] : [])];
  let response: Response;
  try {
    response = await fetch(`/admin/v1/${path}`, {
      ...options,
      signal: AbortSignal.any(signals),
      headers: {Authorization: `Bearer ${token.get()}`, ...options.headers},
    });
  } catch (problem) {
    if (options.signal?.aborted) throw problem;
    throw new ApiError(0, 'unreachable', 'The node does not answer. Is it running, and is the network up?');
  }
  if (response.ok) return response;
  const error = await errorOf(response);
  if (response.status === 401 && store.loggedIn) logOut('The node no longer takes this token. Log in again.');
  if (response.status === 403) throw new ApiError(403, error.code, error.message || 'Your role may not do this.');
  throw error;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await call(path, {signal})).json();
}

export async function post<T>(path: string, body: object = {}): Promise<T> {
  const response = await call(path, {method: 'POST', body: JSON.stringify(body), headers: {'Content-Type': 'application/json'}});
  const answer = await response.json();
  // Some changes wait until a second person agrees.
  if (response.status === 202 && answer.approval)
    throw new ApiError(202, 'waits_for_approval', answer.message ?? 'Nothing is done yet: another person must approve it.');
  return answer;
}

export function query(values: Record<string, string | number | null | undefined>): string {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return pairs.length === 0 ? '' : '?' + new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
}
