// The last hour for the charts: what the node still knows at the beginning, then what the stream brings. Where nothing is known there is
// a hole, and a hole is drawn as one.
export interface Sample {
  time_s: number;
  step_s: number; // how far it is from one to the next
  requests: number | null; // null: a hole
  failed: number | null;
  declined: number | null;
  p50: number | null;
  p90: number | null;
  p99: number | null;
  approval: number | null;
}

// Rows of time, requests, failed, declined, p50, p90, p99 (in microseconds), approval.
export type PointRow = [number, number, number, number, number | null, number | null, number | null, number | null];
export interface Past {
  series: {step_s: number; points: PointRow[]}[];
}

export const pastSeconds = 3_600;
const fineSeconds = 300,
  coarseStep = 10,
  samplesMax = fineSeconds + pastSeconds / coarseStep + 120;
const holeSteps = 2.5,
  clockSetBackS = 5; // of the node: what it said before is of another time

const hole = (time_s: number, step_s: number): Sample => ({
  time_s,
  step_s,
  requests: null,
  failed: null,
  declined: null,
  p50: null,
  p90: null,
  p99: null,
  approval: null,
});
const ms = (us: number | null) => (us === null ? null : us / 1000);

export function append(to: Sample[], sample: Sample) {
  if (sample.time_s < (to.at(-1)?.time_s ?? 0) - clockSetBackS) to.length = 0;
  const last = to.at(-1);
  if (last && sample.time_s - last.time_s < 0.5) return; // the same moment, heard twice
  if (last && sample.time_s - last.time_s > holeSteps * Math.max(last.step_s, sample.step_s)) to.push(hole(last.time_s + last.step_s / 2, last.step_s));
  to.push(sample);
}

const sampleOf = (step_s: number, [time_s, requests, failed, declined, p50, p90, p99, approval]: PointRow): Sample => ({
  time_s,
  step_s,
  requests,
  failed,
  declined,
  p50: ms(p50),
  p90: ms(p90),
  p99: ms(p99),
  approval,
});

// What was heard before stays where the node knows nothing (it was started anew); else the node's own account holds.
export function merged(heard: Sample[], past: Past): Sample[] {
  const [fine = [], coarse = []] = [...past.series].sort((a, b) => a.step_s - b.step_s).map(({step_s, points}) => points.map((row) => sampleOf(step_s, row)));
  const fineFrom = fine[0]?.time_s ?? Infinity;
  const told = [...coarse.filter((one) => one.time_s < fineFrom), ...fine];
  const from = told[0]?.time_s ?? Infinity,
    until = told.at(-1)?.time_s ?? -Infinity;
  const all: Sample[] = [];
  const known = heard.filter((one) => one.requests !== null);
  for (const one of known) if (one.time_s < from) append(all, one);
  for (const one of told) append(all, one);
  for (const one of known) if (one.time_s >= from && one.time_s > until) append(all, one);
  return all;
}

function together(seconds: Sample[]): Sample {
  const mean = (of: (one: Sample) => number | null) => seconds.reduce((sum, one) => sum + (of(one) ?? 0), 0) / seconds.length;
  return {
    ...seconds.at(-1)!, // its percentiles are over ten seconds already
    step_s: coarseStep,
    requests: mean((one) => one.requests),
    failed: mean((one) => one.failed),
    declined: mean((one) => one.declined),
  };
}

// A page that is open for days keeps no more than one just opened: seconds become tens of seconds, and what is older than an hour goes.
export function bounded(samples: Sample[]): Sample[] {
  if (samples.length <= samplesMax) return samples;
  const now = samples.at(-1)!.time_s;
  const all: Sample[] = [];
  let seconds: Sample[] = [];
  const slot = (one: Sample) => Math.floor(one.time_s / coarseStep);
  const close = () => {
    if (seconds.length > 0) append(all, together(seconds));
    seconds = [];
  };
  for (const one of samples) {
    if (one.requests === null || one.time_s < now - pastSeconds) continue; // holes come again by themselves
    const old = one.step_s < coarseStep && one.time_s < now - fineSeconds;
    if (!old || (seconds.length > 0 && slot(seconds[0]!) !== slot(one))) close();
    if (old) seconds.push(one);
    else append(all, one);
  }
  close();
  return all;
}
