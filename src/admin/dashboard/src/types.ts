// What the admin API answers (include/tollgate/admin/admin.h). Times with _us are microseconds since 1970, others seconds.
export interface Percentiles {
  p50: number;
  p90: number;
  p99: number;
  p999: number;
}

export interface Alert {
  alert: string;
  about: string | null;
  severity: string;
  state: string;
  since: string;
  summary: string;
}

export interface RecentError {
  time: string;
  request: string;
  partner: string | null;
  operation: string;
  status: number;
  code: string | null;
}

export interface BusyPartner {
  partner: string;
  mode: string;
  requests_per_s: number;
  failed_per_s: number;
  approval_percent: number | null;
  approval_percent_usual: number | null;
}

export interface Overview {
  time: string;
  ready: boolean;
  not_ready_because: string[];
  requests_per_s: number;
  ended_per_s: Record<string, number>;
  authorizations_per_s: number;
  window_s: number;
  latency_us: Percentiles;
  stages_us: Record<string, Percentiles>;
  approval_percent: number | null;
  in_doubt: {
    payments: number;
    oldest_s: number;
    amounts: Record<string, number>;
    incomplete: boolean;
    by_age: {age: string; payments: number; amounts: Record<string, number>}[];
  };
  partners: BusyPartner[];
  errors: RecentError[];
  alerts: Alert[];
  node: NodeFacts;
}

export interface NodeFacts {
  version: string;
  partners: number;
  connections: number;
  disk_free_bytes: number;
  disk_bytes: number;
  resident_bytes: number;
  descriptors_open: number;
  descriptors_max: number;
  writes_stall: boolean;
  certificate_expires_in_s: number | null;
  checkpoint_age_s: number | null;
  backup_age_s: number | null;
  lags_s: Record<string, number>;
}

export interface ApiKey {
  id: string;
  mode: string;
  scope: string;
  status: string;
  created: number;
  expires: number | null;
  revoked: number | null;
  last_used?: number | null;
}

export interface Partner {
  id: string;
  status: 'active' | 'suspended' | 'closed';
  status_reason: string | null;
  name: string;
  country: string;
  currencies: string[];
  default_currency: string | null;
  fees: {currency: string | null; basis_points: number; fixed: number}[];
  limits: Record<string, number>;
  api_version: string | null;
  live_acquirer: string | null;
  availability_delay_days: number;
  metadata: Record<string, string>;
  keys: ApiKey[];
  created: number;
  partition: number;
  version: number;
  secret_keys?: SecretKey[];
  use?: Record<'test' | 'live', PartnerUse>;
}

// What it uses of its limits now. null: no limit.
export interface PartnerUse {
  requests: {per_second_max: number | null; burst_max: number | null; available_now: number | null};
  concurrent_requests: {now: number; max: number | null};
  queue: {now: number; max: number | null};
  amount_today: {now: Record<string, number>; max_per_currency: number | null};
  declines: {per_card_max: number | null; per_bin_max: number | null; window_s: number};
  since_start: {allowed: number; limited: number; shed: number};
}
export interface SecretKey {
  id: string;
  mode: string;
  secret_key: string;
}

export interface Card {
  brand: string;
  last4: string;
  funding: string;
  exp_month: number;
  exp_year: number;
}

export interface Payment {
  id: string;
  partner: string;
  mode: string;
  status: string;
  in_doubt: boolean;
  decline_code: string | null;
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  currency: string;
  currency_digits: number;
  card: Card | null;
  description: string | null;
  metadata: Record<string, string>;
  created_us: number;
}

export interface Operation {
  operation: number;
  reference: string;
  kind: string;
  state: string;
  amount: number;
  decline_code: string | null;
  requested_us: number;
  answered_us: number | null;
  took_us: number | null;
}

export interface TimelineEntry {
  sequence: number;
  type: string;
  time_us: number;
  since_begin_us: number;
  since_previous_us: number;
  data: Record<string, unknown>;
  request?: {id: string; operation: string; key: string | null; idempotency_key: string | null; api_version: string | null};
}

export interface PaymentDetails extends Payment {
  capture_method: string;
  customer: string | null;
  cancellation_reason: string | null;
  attempts: {
    id: string;
    state: string;
    card: Card;
    acquirer: string;
    authorization_code: string | null;
    decline_code: string | null;
    amount_authorized: number;
    amount_captured: number;
    amount_refunded: number;
    created_us: number;
  }[];
  refunds: {id: string; status: string; amount: number; reason: string | null; created_us: number}[];
  transactions: {id: string; type: string; amount: number; fee: number; net: number; created_us: number; available_us: number}[];
  operations: Operation[];
  partition: number | null;
  timeline: TimelineEntry[];
  timeline_cut: boolean;
}

export type HandOutcome = 'approved' | 'declined' | 'never_happened' | 'reversed';

export interface DoubtOperation {
  operation: number;
  reference: string;
  kind: string;
  state: string;
  amount: number;
  acquirer: string | null;
  requested: number;
  resolving: {
    asks: string;
    tries: number;
    last_try: number | null;
    last_answer: string;
    waits_for_answer: boolean;
    next_try: number | null;
  } | null;
  can_be_resolved_as: HandOutcome[];
  approval: {id: string; requested_by: string; body: {outcome?: string; reason?: string}} | null;
}

export interface Doubt {
  partner: string;
  mode: string;
  object: string;
  status?: string;
  currency?: string;
  operations?: DoubtOperation[];
}

export interface Acquirer {
  name: string;
  breaker: string;
  in_flight: number;
  inquiries: number;
  reversals: number;
  failures: number;
  opened: number;
  refused: number;
  problem: string | null;
}

export interface Outcome {
  [field: string]: unknown;
}

export interface Status {
  version: string;
  ready: boolean;
  partners: number;
  payment_partitions: number;
  engine: Record<string, number>;
  acquirer: {in_flight: number; inquiries: number; reversals: number};
  acquirers: Acquirer[];
  partitions: {partition: number; sequence: number; epoch: number; hash: string}[];
  transparency?: {problem: string | null; witnesses: {name: string; url: string; cosigned: number; problem: string | null}[]};
  backup?: Outcome;
  archive?: Outcome;
}

export interface VaultStatus {
  provider: string;
  memory_locked: boolean;
  job: string;
  problem: string;
  rows_damaged: number;
  keys: {id: number; kind: string; state: string; created: number; rows_left?: number | null}[];
}

export interface Me {
  user: string;
  role: string;
  bootstrap: boolean;
  permissions: string[];
  token_expires: number | null;
  approvals: 'on' | 'off';
}

// What waits for a second person.
export interface ApprovalItem {
  id: string;
  requested_by: string;
  request: string;
  why: string;
  requested: number;
  expires: number;
  action: string | null;
  subject: string | null;
  subject_name: string | null;
  changes: {field: string; before: unknown; after: unknown}[];
  outdated: boolean;
  permission: string | null;
  own: boolean;
  may_approve: boolean;
  may_reject: boolean;
}

export interface Page<T> {
  data: T[];
  has_more: boolean;
  looked_at_all?: boolean;
  next?: string | null;
  next_before?: number | null;
}

export interface AuditItem {
  sequence?: number;
  time_us: number;
  user: string | null;
  role: string | null;
  action: string;
  subject: string | null;
  from: string | null;
  result: unknown;
  approved_by?: string;
}
