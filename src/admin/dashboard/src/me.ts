// Who is logged in and what their role permits. What it does not is not offered; whether something is done, the node decides.
import {get} from './api';
import {changed, store} from './store';
import type {Me} from './types';

export async function learnMe(): Promise<void> {
  store.me = await get<Me>('me');
  changed();
}

export const may = (permission: string): boolean => store.me?.permissions.includes(permission) ?? false;

// Who may do it instead, as far as the roles of this node go.
const holders: Record<string, string> = {
  change_partners: 'a partner manager or a security officer',
  operate: 'an operator or a security officer',
  read_trail: 'an auditor or a security officer',
  read_log: 'an auditor or a security officer',
};
export const holdersOf = (permission: string | null): string => (permission && holders[permission]) || 'a security officer';
