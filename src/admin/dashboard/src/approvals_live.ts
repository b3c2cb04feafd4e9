// What waits for a second person, looked at every few seconds while somebody is logged in: the navigation counts it, pages tell of it.
import {get} from './api';
import {changed, store} from './store';
import type {ApprovalItem} from './types';

const everyMs = 3_000;
let timer: ReturnType<typeof setInterval> | undefined;

export async function learnApprovals(): Promise<void> {
  const {data} = await get<{data: ApprovalItem[]}>('approvals');
  if (!store.loggedIn) return;
  store.approvals = data;
  changed();
}

export function followApprovals(): () => void {
  const look = () => {
    if (!document.hidden) learnApprovals().catch(() => {}); // that the node is not heard of is told elsewhere
  };
  look();
  clearInterval(timer);
  timer = setInterval(look, everyMs);
  return () => clearInterval(timer);
}

export const forMe = (approvals: ApprovalItem[]) => approvals.filter((one) => one.may_approve);
