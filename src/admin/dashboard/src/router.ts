// Pages are fragments: "#/partners/acct_...?q=shop". The node serves one page only.
import {useEffect, useState} from 'preact/hooks';

export interface Route {
  path: string[];
  query: URLSearchParams;
  text: string;
}

function read(): Route {
  const text = location.hash.replace(/^#\/?/, '');
  const [path = '', query = ''] = text.split('?', 2);
  return {path: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query), text};
}

export function useRoute(): Route {
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const onChange = () => setRoute(read());
    addEventListener('hashchange', onChange);
    onChange(); // it may have changed since it was read
    return () => removeEventListener('hashchange', onChange);
  }, []);
  return route;
}

export const go = (to: string) => void (location.hash = to);

// Changes the address without a new entry in the tab's history: for what is typed into a search.
export function replace(to: string) {
  history.replaceState(null, '', '#' + to);
  dispatchEvent(new HashChangeEvent('hashchange'));
}
