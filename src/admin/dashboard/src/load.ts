import {useCallback, useEffect, useRef, useState} from 'preact/hooks';
import {ApiError, get} from './api';

export interface Loaded<T> {
  data: T | null;
  error: ApiError | null;
  loading: boolean;
  reload: () => void;
  set: (data: T) => void;
}

// Reads `path`, again when it changes, and every `everyMs` if given. What was read before stays until the new answer is there.
export function useLoad<T>(path: string | null, everyMs?: number): Loaded<T> {
  const [state, setState] = useState<{data: T | null; error: ApiError | null; loading: boolean}>({
    data: null,
    error: null,
    loading: path !== null,
  });
  const [round, setRound] = useState(0);
  const shown = useRef<string | null>(null);
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    if (shown.current !== null && shown.current.split('?')[0] !== path.split('?')[0]) setState({data: null, error: null, loading: true});
    else setState((before) => ({...before, loading: true}));
    shown.current = path;
    get<T>(path, stop.signal).then(
      (data) => setState({data, error: null, loading: false}),
      (error) => {
        if (!stop.signal.aborted) setState((before) => ({data: before.data, error: error as ApiError, loading: false}));
      },
    );
    return () => stop.abort();
  }, [path, round]);
  useEffect(() => {
    if (!everyMs) return;
    const timer = setInterval(() => {
      if (!document.hidden) setRound((n) => n + 1);
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  const set = useCallback((data: T) => setState({data, error: null, loading: false}), []);
  return {...state, reload, set};
}
