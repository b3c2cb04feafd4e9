// Numbers, amounts, durations and times as people read them. A narrow no-break space stands between a number and its unit.
const thin = '\u202f';

const whole = new Intl.NumberFormat('en', {maximumFractionDigits: 0});
const one = new Intl.NumberFormat('en', {maximumFractionDigits: 1, minimumFractionDigits: 1});

export const count = (value: number) => whole.format(value);

export function rate(value: number): string {
  return value >= 100 ? whole.format(value) : one.format(value);
}

export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : `${value >= 99.95 || value === 0 ? whole.format(value) : one.format(value)}${thin}%`;
}

export function duration(us: number | null | undefined): string {
  if (us === null || us === undefined || Number.isNaN(us)) return '–';
  if (us < 1_000) return `${whole.format(us)}${thin}µs`;
  if (us < 10_000) return `${(us / 1_000).toFixed(2)}${thin}ms`;
  if (us < 1_000_000) return `${(us / 1_000).toFixed(us < 100_000 ? 1 : 0)}${thin}ms`;
  if (us < 60_000_000) return `${(us / 1_000_000).toFixed(us < 10_000_000 ? 2 : 1)}${thin}s`;
  return age(us / 1_000_000);
}

export function age(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))}${thin}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}${thin}min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}${thin}h${thin}${Math.floor((seconds % 3_600) / 60)}${thin}min`;
  return `${Math.floor(seconds / 86_400)}${thin}d${thin}${Math.floor((seconds % 86_400) / 3_600)}${thin}h`;
}

export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) ((value /= 1024), ++unit);
  return `${unit === 0 || value >= 100 ? whole.format(value) : one.format(value)}${thin}${units[unit]}`;
}

// Minor units to text without a floating point number in between. `digits` is the currency's, as far as the node said it.
export function money(minor: number, currency: string, digits = digitsOf(currency)): string {
  const negative = minor < 0;
  const text = String(Math.abs(minor)).padStart(digits + 1, '0');
  const major = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+$)/g, ',');
  const amount = digits === 0 ? major : `${major}.${text.slice(-digits)}`;
  return `${negative ? '−' : ''}${amount}${thin}${currency.toUpperCase()}`;
}

const noDigits = new Set([
  'bif',
  'clp',
  'djf',
  'gnf',
  'isk',
  'jpy',
  'kmf',
  'krw',
  'pyg',
  'rwf',
  'ugx',
  'uyi',
  'vnd',
  'vuv',
  'xaf',
  'xof',
  'xpf',
]);
const threeDigits = new Set(['bhd', 'iqd', 'jod', 'kwd', 'lyd', 'omr', 'tnd']);
const fourDigits = new Set(['clf', 'uyw']);
export function digitsOf(currency: string): number {
  const code = currency.toLowerCase();
  return noDigits.has(code) ? 0 : threeDigits.has(code) ? 3 : fourDigits.has(code) ? 4 : 2;
}

export const amounts = (byCurrency: Record<string, number>) =>
  Object.entries(byCurrency)
    .map(([currency, minor]) => money(minor, currency))
    .join(' · ');

const clock = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit', second: '2-digit'});
const day = new Intl.DateTimeFormat('en-GB', {day: 'numeric', month: 'short', year: 'numeric'});

export const time = (ms: number) => clock.format(ms);
export const date = (ms: number) => day.format(ms);
export function moment(ms: number): string {
  return new Date(ms).toDateString() === new Date().toDateString() ? time(ms) : `${date(ms)}, ${time(ms)}`;
}
export const exact = (us: number) => new Date(us / 1000).toISOString();

// "requires_payment_method" -> "Requires payment method"
export function words(name: string): string {
  const text = name.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
// "InDoubtTooOld" -> "In doubt too old"
export function alertWords(name: string): string {
  return words(name.replace(/(?<=[a-z])([A-Z])/g, (letter) => ' ' + letter.toLowerCase()));
}
