// A line chart over the last minutes, with axes and a legend that shows the values under the pointer.
import {useEffect, useRef} from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import {useTheme} from './theme';

export interface Line {
  label: string;
  color: string;
  fill?: boolean;
  values: (number | null)[];
}
interface Props {
  label: string;
  times: number[];
  lines: Line[];
  unit: (value: number) => string;
  max?: number;
  least?: number;
  height?: number;
  spanS?: number;
}

const spanMinS = 60;

const colorOf = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const hour = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit'});
const second = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit', second: '2-digit'});

export function Chart({label, times, lines, unit, max, least = 0, height = 190, spanS = 300}: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useTheme();
  // Grows with what is known, so that a page just opened is not an empty chart.
  const spanSeconds = Math.min(spanS, Math.max(spanMinS, Math.ceil(((times.at(-1) ?? 0) - (times[0] ?? 0)) / 30) * 30));
  const names = lines.map((line) => line.label).join();
  useEffect(() => {
    const element = place.current!;
    plot.current = new uPlot(options(element.clientWidth, {height, lines, unit, max}), [[], ...lines.map(() => [])], element);
    const observer = new ResizeObserver(() => plot.current?.setSize({width: element.clientWidth, height}));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [theme, names, height]);
  useEffect(() => {
    const last = times.at(-1) ?? Date.now() / 1000;
    plot.current?.setData([times, ...lines.map((line) => line.values)] as uPlot.AlignedData, false);
    plot.current?.batch(() => {
      plot.current?.setScale('x', {min: last - spanSeconds, max: last});
      const values = lines.flatMap((line) =>
        line.values.filter((value, i) => value !== null && times[i]! >= last - spanSeconds),
      ) as number[];
      const top = values.reduce((a, b) => Math.max(a, b), least);
      plot.current?.setScale('y', {min: 0, max: max ?? nice(top)});
    });
  }, [times.length, times.at(-1), theme, names, spanSeconds]);
  return (
    <figure class="chart">
      <figcaption>
        {lines.map((line) => {
          const value = line.values.at(-1);
          return (
            <span key={line.label} class="key">
              <svg viewBox="0 0 12 12" aria-hidden="true" class={`swatch ${line.color.slice(2)}`}>
                <rect y="4" width="12" height="4" rx="2" />
              </svg>
              {line.label} <b class="num">{value === null || value === undefined ? '–' : unit(value)}</b>
            </span>
          );
        })}
      </figcaption>
      <div ref={place} role="img" aria-label={`${label}, the last ${spanSeconds < 120 ? `${spanSeconds} seconds` : `${Math.round(spanSeconds / 60)} minutes`}`} />
    </figure>
  );
}

// The axis ends a little above the highest value, on a round number.
function nice(top: number): number {
  if (top <= 0) return 1;
  const size = 10 ** Math.floor(Math.log10(top));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((step) => step * size).find((step) => step >= top * 1.04) ?? size * 15;
}

// An axis needs no zeros behind the point.
const short = (text: string) => text.replace(/(\.\d*?)0+(?=\D|$)/, '$1').replace(/\.(?=\D|$)/, '');

function options(width: number, {height, lines, unit, max}: Pick<Props, 'lines' | 'unit' | 'max'> & {height: number}): uPlot.Options {
  const text = colorOf('--muted'),
    grid = {stroke: colorOf('--grid'), width: 1};
  const font = '11px system-ui, sans-serif';
  return {
    width,
    height,
    padding: [8, 26, 0, 0],
    legend: {show: false},
    cursor: {drag: {x: false, y: false}, points: {size: 7}, y: false},
    scales: {x: {time: true, auto: false}, y: {auto: false, range: (_self, min, top) => [min ?? 0, max ?? top ?? 1]}},
    axes: [
      {
        stroke: text,
        font,
        size: 28,
        space: 70,
        grid: {show: false},
        ticks: {show: false},
        values: (_self, splits, _axis, _space, step) => splits.map((s) => (step < 60 ? second : hour).format(s * 1000)),
      },
      {
        stroke: text,
        font,
        size: 62,
        space: 36,
        grid,
        ticks: {show: false},
        border: {show: false},
        values: (_self, splits) => splits.map((value) => short(unit(value))),
      },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: colorOf(line.color),
        width: 1.75,
        ...(line.fill ? {fill: colorOf(line.color + '-fill')} : {}),
        points: {show: false},
        spanGaps: false,
      })),
    ],
    plugins: [tooltip(lines, unit)],
  };
}

function tooltip(lines: Line[], unit: (value: number) => string): uPlot.Plugin {
  const box = document.createElement('div');
  box.className = 'tooltip';
  box.hidden = true;
  return {
    hooks: {
      init: (self) => void self.over.append(box),
      setCursor: (self) => {
        const {idx, left} = self.cursor;
        box.hidden = idx === null || idx === undefined || left === undefined || left < 0;
        if (box.hidden) return;
        const values = lines.map((line, i) => {
          const value = self.data[i + 1]![idx!];
          return `${line.label} ${value === null || value === undefined ? '–' : unit(value)}`;
        });
        box.textContent = [second.format(self.data[0][idx!]! * 1000), ...values].join('\n');
        box.classList.toggle('left', left! > self.over.clientWidth / 2);
        box.style.left = `${left}px`;
      },
    },
  };
}
