// A partner by a part of its name or id. There may be thousands: the node is asked while one types.
import {useEffect, useState} from 'preact/hooks';
import {get, query} from './api';
import {useName} from './names';
import {changed, learnNames} from './store';
import type {Page, Partner} from './types';

const offeredMax = 20,
  typingPauseMs = 150;

export function PartnerChoice({value, change}: {value: string; change: (id: string) => void}) {
  const shown = useName(value) ?? value;
  const [text, setText] = useState(shown);
  const [offered, setOffered] = useState<Partner[]>([]);
  useEffect(() => setText(shown), [shown]);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      get<Page<Partner>>('partners' + query({q: text.trim() === shown ? '' : text.trim(), limit: offeredMax}), stop.signal).then(
        ({data}) => {
          learnNames(data);
          setOffered(data);
          changed();
        },
        () => {}, // an id can be typed all the same
      );
    }, typingPauseMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  const take = (typed: string) => {
    setText(typed);
    const whole = typed.trim();
    if (whole === '') return change('');
    const found = offered.find(({id, name}) => name === typed || id === whole);
    if (found) change(found.id);
    else if (/^acct_\w{11}$/.test(whole)) change(whole);
  };
  // A whole name that was typed before the node had answered.
  useEffect(() => {
    if (value === '' && text !== '') take(text);
  }, [offered]);
  return (
    <>
      <input list="partners-known" placeholder="Any partner" spellcheck={false} value={text} onInput={(event) => take(event.currentTarget.value)} />
      <datalist id="partners-known">
        {offered.map(({id, name}) => (
          <option key={id} value={name}>
            {id}
          </option>
        ))}
      </datalist>
    </>
  );
}
