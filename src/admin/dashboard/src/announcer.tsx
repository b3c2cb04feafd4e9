// Says aloud, for those who hear the page, which page this is, what begins and what is over: alerts, the connection, what
// waits for them.
import {useEffect, useRef, useState} from 'preact/hooks';
import {forMe} from './approvals_live';
import {alertWords} from './format';
import {useStore} from './store';

export function Announcer({page}: {page: string}) {
  const {overview, connection, approvals} = useStore();
  const before = useRef<{page: string; alerts: Map<string, string>; connection: string; mine: number} | null>(null);
  const [said, setSaid] = useState('');
  const alerts = new Map((overview?.alerts ?? []).map((one) => [one.alert + (one.about ?? ''), `${alertWords(one.alert)}: ${one.summary}`]));
  const mine = forMe(approvals).length;
  useEffect(() => {
    if (overview === null) return;
    const last = before.current;
    before.current = {page, alerts, connection, mine};
    const news: string[] = [];
    if (last && last.page !== page) news.push(`${page}.`);
    for (const [key, text] of alerts) if (!last?.alerts.has(key)) news.push(`Alert. ${text}.`);
    for (const [key, text] of last?.alerts ?? []) if (!alerts.has(key)) news.push(`Over: ${text}.`);
    if (last && last.connection !== connection) news.push(connection === 'lost' ? 'The node is not heard of.' : 'The node is heard of again.');
    if (mine > (last?.mine ?? 0)) news.push(`${mine} ${mine === 1 ? 'request waits' : 'requests wait'} for your approval.`);
    if (news.length > 0) setSaid(news.join(' '));
  }, [[...alerts.keys()].join(), page, connection, mine, overview === null]);
  return (
    <p class="hidden announcer" role="status" aria-live="polite">
      {said}
    </p>
  );
}
