// The parts that pages are made of.
import type {ComponentChildren, JSX} from 'preact';
import {useId, useLayoutEffect, useRef, useState} from 'preact/hooks';
import type {ApiError} from './api';
import {words} from './format';

export function Card(props: {
  title?: string;
  note?: ComponentChildren;
  actions?: ComponentChildren;
  class?: string;
  flush?: boolean;
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class={`card ${props.flush ? 'flush' : ''} ${props.class ?? ''}`} aria-labelledby={props.title ? id : undefined}>
      {props.title && (
        <header>
          <h2 id={id}>{props.title}</h2>
          {props.note && <span class="note">{props.note}</span>}
          {props.actions && <div class="actions">{props.actions}</div>}
        </header>
      )}
      {props.children}
    </section>
  );
}

export type Tone = 'good' | 'warn' | 'bad' | 'plain' | 'accent';

export function Badge({tone = 'plain', children}: {tone?: Tone; children: ComponentChildren}) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export const Mode = ({mode}: {mode: string}) => <span class={`mode ${mode}`}>{mode}</span>;

type ButtonProps = JSX.IntrinsicElements['button'] & {kind?: 'primary' | 'danger' | 'quiet'; busy?: boolean};
export function Button({kind, busy, children, class: extra, ...rest}: ButtonProps) {
  return (
    <button type="button" {...rest} class={`button ${kind ?? ''} ${extra ?? ''}`} aria-busy={busy} disabled={busy || rest.disabled}>
      {children}
    </button>
  );
}

export function Copy({text, label}: {text: string; label?: string}) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      copyByHand(text); // no clipboard without HTTPS
    }
    setDone(true);
    setTimeout(() => setDone(false), 1_500);
  };
  return (
    <button type="button" class="copy" onClick={copy} aria-label={`Copy ${label ?? text}`} title="Copy">
      {done ? <Icon name="check" /> : <Icon name="copy" />}
      <span class="hidden" role="status">
        {done ? 'Copied' : ''}
      </span>
    </button>
  );
}

function copyByHand(text: string) {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'hidden';
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

export const Id = ({text}: {text: string}) => (
  <span class="id">
    <code>{text}</code>
    <Copy text={text} />
  </span>
);

const icons = {
  overview: 'M3 13h4l3-8 4 14 3-6h4',
  partners:
    'M4 20v-1a5 5 0 0 1 5-5h1a5 5 0 0 1 5 5v1M9.500 10.500a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400M16 4.600a3 3 0 0 1 0 5.800M20 20v-1a4.500 4.500 0 0 0-3-4.200',
  payments: 'M3 7h18v11H3zM3 11h18M7 15h3',
  doubt: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M9.600 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.300-1.100.9-1.100 1.700M12 16.800v.1',
  approvals: 'M12 3l7 3v5c0 4.500-3 8-7 10-4-2-7-5.500-7-10V6zM8.500 12l2.500 2.500 4.500-5',
  node: 'M4 5h16v5H4zM4 14h16v5H4zM7.500 7.500h.1M7.500 16.500h.1',
  audit: 'M6 3h9l4 4v14H6zM9 12h6M9 16h6M9 8h3',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  check: 'M5 13l4 4L19 7',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14M16 16l5 5',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8M12 2v2M12 20v2M4.900 4.900l1.400 1.400M17.700 17.700l1.400 1.400M2 12h2M20 12h2M4.900 19.100l1.400-1.400M17.700 6.300l1.400-1.400',
  moon: 'M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500',
  keyboard: 'M3 6h18v12H3zM7 10h.1M11 10h.1M15 10h.1M17.500 10h.1M8 14h8',
  leave: 'M14 4h5v16h-5M3 12h11M10 8l4 4-4 4',
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6L6 18',
  back: 'M15 5l-7 7 7 7',
  down: 'M12 4v12M6 11l6 6 6-6M5 21h14',
} as const;
export type IconName = keyof typeof icons;

export const Icon = ({name}: {name: IconName}) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={icons[name]} />
  </svg>
);

export function Empty({title, children}: {title: string; children?: ComponentChildren}) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children && <p>{children}</p>}
    </div>
  );
}

export function Problem({error, retry}: {error: ApiError; retry?: () => void}) {
  return (
    <div class="problem" role="alert">
      <div>
        <strong>{error.status === 403 ? 'Not allowed' : error.status === 0 ? 'Not reached' : 'That did not work'}</strong>
        <p>{error.message}</p>
      </div>
      {retry && <Button onClick={retry}>Try again</Button>}
    </div>
  );
}

// Under a form: why it was not done, or that it waits for somebody.
export const Refusal = ({error}: {error: ApiError}) => (
  <p class={error.status === 202 ? 'banner warn' : 'hint wrong'} role="alert">
    {error.message}
  </p>
);

export function Loading({lines = 4}: {lines?: number}) {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {Array.from({length: lines}, (_, i) => (
        <span key={i} class={`line w${i % 3}`} />
      ))}
    </div>
  );
}

// A dialog that takes the focus and gives it back. Escape and the button close it.
export function Dialog(props: {title: string; close: () => void; keepOpen?: boolean; wide?: boolean; children: ComponentChildren}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const element = dialog.current;
    element?.showModal();
    element?.querySelector<HTMLElement>('[data-first]')?.focus();
    return () => {
      element?.close(); // while it is open nothing behind it takes the focus
      before?.focus?.();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={props.wide ? 'wide' : ''}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (!props.keepOpen) props.close();
      }}
      onMouseDown={(event) => {
        if (event.target === dialog.current && !props.keepOpen) props.close();
      }}
    >
      <div class="sheet">
        <header>
          <h2 id={id}>{props.title}</h2>
          {!props.keepOpen && (
            <button type="button" class="copy" aria-label="Close" onClick={props.close}>
              <Icon name="close" />
            </button>
          )}
        </header>
        {props.children}
      </div>
    </dialog>
  );
}

export function Field(props: {
  label: string;
  hint?: ComponentChildren;
  error?: string;
  children: (id: string, described: string) => ComponentChildren;
}) {
  const id = useId();
  return (
    <div class={`field ${props.error ? 'wrong' : ''}`}>
      <label for={id}>{props.label}</label>
      {props.children(id, `${id}-hint`)}
      {(props.error || props.hint) && (
        <p id={`${id}-hint`} class="hint">
          {props.error ?? props.hint}
        </p>
      )}
    </div>
  );
}

// Rows of names and values.
export function Facts({rows}: {rows: [string, ComponentChildren][]}) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

// How much of something is used. `max` 0: there is no bound, and no bar.
export function Meter(props: {label: string; value: number; max: number; text: string}) {
  const share = props.max > 0 ? Math.min(1, props.value / props.max) : 0;
  const tone = share >= 0.9 ? 'bad' : share >= 0.7 ? 'warn' : 'good';
  return (
    <div class="meter">
      <div class="meter-text">
        <span>{props.label}</span>
        <span class="num">{props.text}</span>
      </div>
      {props.max > 0 && (
        <svg
          class={`bar ${tone}`}
          viewBox="0 0 100 4"
          preserveAspectRatio="none"
          role="meter"
          aria-label={props.label}
          aria-valuemin={0}
          aria-valuemax={props.max}
          aria-valuenow={props.value}
          aria-valuetext={props.text}
        >
          <rect class="track" width="100" height="4" />
          <rect class="fill" width={share * 100} height="4" />
        </svg>
      )}
    </div>
  );
}

export const partnerTone = (status: string): Tone => (status === 'active' ? 'good' : status === 'suspended' ? 'warn' : 'plain');

interface StateOf {
  status: string;
  in_doubt: boolean;
  decline_code: string | null;
  amount_captured: number;
  amount_refunded: number;
}
export function PaymentState({payment}: {payment: StateOf}) {
  if (payment.in_doubt) return <Badge tone="warn">In doubt</Badge>;
  if (payment.decline_code) return <Badge tone="bad">Declined</Badge>;
  if (payment.amount_refunded > 0)
    return <Badge>{payment.amount_refunded < payment.amount_captured ? 'Partly refunded' : 'Refunded'}</Badge>;
  if (payment.status === 'succeeded') return <Badge tone="good">Succeeded</Badge>;
  if (payment.status === 'requires_capture') return <Badge tone="accent">Authorized</Badge>;
  return (
    <Badge tone={payment.status === 'requires_action' || payment.status === 'processing' ? 'warn' : 'plain'}>{words(payment.status)}</Badge>
  );
}
