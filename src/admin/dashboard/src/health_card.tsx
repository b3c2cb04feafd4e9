// All checks of the node at one look: what is not fine stands first and says what to do.
import {checksOf, type Grade} from './health';
import {useLoad} from './load';
import {useStore} from './store';
import type {Status, VaultStatus} from './types';
import {Badge, Card} from './ui';

const gradeWords: Record<Grade, string> = {bad: 'Act', warn: 'Look', good: 'Fine', plain: 'Off'};

export function HealthCard({status}: {status: Status}) {
  const {overview, me} = useStore();
  const vault = useLoad<VaultStatus>('vault', 10_000);
  const known = vault.data ?? (vault.error?.status === 404 ? null : undefined);
  const checks = checksOf(status, overview, known, me);
  const bad = checks.filter(({grade}) => grade === 'bad').length,
    warn = checks.filter(({grade}) => grade === 'warn').length;
  return (
    <Card title="Health" note={bad + warn === 0 ? 'all is well' : `${bad + warn} of ${checks.length} to look at`}>
      <ul class="checks">
        {checks.map((check) => (
          <li key={check.name} class={check.grade} data-check={check.name}>
            <Badge tone={check.grade}>{gradeWords[check.grade]}</Badge>
            <div>
              <p>
                <b>{check.name}</b> <span class={check.grade === 'bad' ? 'bad' : 'muted'}>{check.says}</span>
              </p>
              {(check.grade === 'bad' || check.grade === 'warn') && (
                <p class="todo">
                  {check.todo} {check.chapter && <span class="muted">README: {check.chapter}</span>}
                </p>
              )}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
