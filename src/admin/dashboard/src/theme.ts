// Light and dark: as the system says, until somebody chooses.
import {useEffect, useState} from 'preact/hooks';

const key = 'tollgate.theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const watchers = new Set<() => void>();

export type Theme = 'light' | 'dark';
const chosen = () => localStorage.getItem(key) as Theme | null;
const current = (): Theme => chosen() ?? (system.matches ? 'dark' : 'light');

function show() {
  document.documentElement.dataset.theme = current();
  for (const watcher of watchers) watcher();
}

export function switchTheme() {
  const next: Theme = current() === 'dark' ? 'light' : 'dark';
  // Back to what the system says anyway: follow it again.
  if (next === (system.matches ? 'dark' : 'light')) localStorage.removeItem(key);
  else localStorage.setItem(key, next);
  show();
}

system.addEventListener('change', show);
show();

export function useTheme(): Theme {
  const [theme, setTheme] = useState(current);
  useEffect(() => {
    const watcher = () => setTheme(current());
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  }, []);
  return theme;
}
