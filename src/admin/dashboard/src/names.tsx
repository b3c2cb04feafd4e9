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

export function PartnerLink({id}: {id: string}) {
  const {names} = useStore();
  const name = names.get(id);
  if (name === undefined && !wanted.has(id)) {
    wanted.add(id);
    queueMicrotask(ask);
  }
  return <a href={`#/partners/${id}`}>{name ?? id}</a>;
}
