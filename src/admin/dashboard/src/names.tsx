// A partner's name for its id. Names that no page has read yet are asked for, one at a time.
import {get} from './api';
import {changed, learnNames, store, useStore} from './store';
import type {Partner} from './types';

const wanted = new Set<string>();
let asking = false;

async function ask() {
  if (asking) return;
  asking = true;
  for (const id of wanted) {
    try {
      learnNames([await get<Partner>(`partners/${id}`)]);
    } catch {
      store.names.set(id, id);
    }
    wanted.delete(id);
    changed();
  }
  asking = false;
}

// Nothing while it is asked for.
export function useName(id: string): string | undefined {
  const {names} = useStore();
  const name = id === '' ? '' : names.get(id);
  if (name === undefined && !wanted.has(id)) {
    wanted.add(id);
    queueMicrotask(ask);
  }
  return name;
}

export function PartnerLink({id}: {id: string}) {
  return <a href={`#/partners/${id}`}>{useName(id) ?? id}</a>;
}
