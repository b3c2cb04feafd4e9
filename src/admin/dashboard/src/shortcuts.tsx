import {useEffect} from 'preact/hooks';
import {go} from './router';
import {switchTheme} from './theme';
import {Dialog} from './ui';

const chordMs = 1_200;

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

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
  }, [places.length]);
}

export function ShortcutHelp({places, close}: {places: {name: string; key: string}[]; close: () => void}) {
  const rows: [string[], string][] = [
    ...places.map(({name, key}) => [['g', key], name] as [string[], string]),
    [['/'], 'Search on this page'],
    [['c'], 'Create a partner (on Partners)'],
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
