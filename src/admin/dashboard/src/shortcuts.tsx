import {useEffect} from 'preact/hooks';
import {may} from './me';
import {go} from './router';
import {switchTheme} from './theme';
import {Dialog} from './ui';

const chordMs = 1_200;

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(radio|checkbox)$/.test((target as HTMLInputElement).type)));

// To the next row of a list that has something to open.
function alongRows(by: number) {
  const links = [...document.querySelectorAll<HTMLElement>('main .rows.links tbody th a')];
  const here = links.indexOf(document.activeElement as HTMLElement);
  const to = here < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(here + by, 0), links.length - 1);
  links[to]?.focus();
}

export function useShortcuts(places: {path: string; key: string}[], toggleHelp: () => void) {
  useEffect(() => {
    let chordUntil = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'Escape' && isTyping(event.target)) return (event.target as HTMLElement).blur();
      if (isTyping(event.target)) return;
      if (event.key === '?') return toggleHelp();
      if (document.querySelector('dialog[open]')) return;
      const place = event.timeStamp < chordUntil ? places.find(({key}) => key === event.key) : undefined;
      chordUntil = event.key === 'g' ? event.timeStamp + chordMs : 0;
      if (place) return go(`/${place.path}`);
      if (event.key === 't') return switchTheme();
      if (event.key === 'j' || event.key === 'k') return alongRows(event.key === 'j' ? 1 : -1);
      // Pages mark what the keys are for.
      const target = event.key === '/' ? '[data-key="/"]' : event.key === 'c' ? '[data-key="c"]' : null;
      const element = target && document.querySelector<HTMLElement>(target);
      if (!element) return;
      event.preventDefault();
      if (element.tagName === 'BUTTON') element.click();
      else element.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [places.map(({key}) => key).join('')]);
}

export function ShortcutHelp({places, close}: {places: {name: string; key: string}[]; close: () => void}) {
  const rows: [string[], string][] = [
    ...places.map(({name, key}) => [['g', key], name] as [string[], string]),
    [['/'], 'Search on this page'],
    [['j', 'k'], 'To the next or the previous row of a list'],
    ...(may('change_partners') ? [[['c'], 'Create a partner (on Partners)'] as [string[], string]] : []),
    [['t'], 'Light or dark'],
    [['?'], 'This help'],
    [['Esc'], 'Leave a field or a dialog'],
  ];
  return (
    <Dialog title="Keyboard shortcuts" close={close}>
      <table class="keys">
        <tbody>
          {rows.map(([keys, what]) => (
            <tr key={what}>
              <th scope="row">
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
