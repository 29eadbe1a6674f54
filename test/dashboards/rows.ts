/** Rows of the store's tables with every column filled; tests say only what they are about. */
type Fields = Readonly<Record<string, unknown>>;

export const T0 = Date.UTC(2026, 10, 11);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

const source = { partition: 0, offset: 0 };

export const orderEvent = (given: Fields) => ({
  order_id: "o1",
  event_id: "e1",
  content: "",
  kind: "placed",
  at: T0,
  known_at: T0,
  region: "440000",
  customer_id: "c1",
  merchant_id: "m1",
  category: "shoes",
  value: "99.00",
  currency: "CNY",
  origin: "330000",
  destination: "440000",
  carrier: "SF",
  service: "standard",
  hub: "",
  promised_by: null,
  traits: [],
  produced_at: null,
  expires_at: null,
  signed_by: "",
  distance_m: null,
  extra: "",
  ...source,
  ...given,
});

export const complaintEvent = (given: Fields) => ({
  complaint_id: "k1",
  event_id: "ke1",
  content: "",
  customer_id: "c1",
  kind: "opened",
  at: T0,
  known_at: T0,
  order_id: "o1",
  channel: "chat",
  text: "包裹一直没有更新",
  type: "late",
  cause: "",
  severity: "general",
  nickname: "",
  contact: "",
  merchant_id: "m1",
  anchor_id: "",
  carrier: "SF",
  agent_id: "",
  region: "440000",
  satisfaction: null,
  solved: null,
  compensation: null,
  currency: "CNY",
  extra: "",
  ...source,
  ...given,
});

export const contextEvent = (given: Fields) => ({
  event_id: "x1",
  content: "",
  kind: "promotion",
  subject: "double-11",
  from_at: T0,
  to_at: T0 + 24 * HOUR,
  issued_at: T0,
  known_at: T0,
  body: "{}",
  ...source,
  ...given,
});

export const deadLetter = (given: Fields) => ({
  letter_id: "l1",
  stream: "orders",
  source: "http",
  position: 0,
  reason: "not_json",
  detail: "expected JSON, got {",
  bytes: "ew==",
  received_at: T0,
  offset: 0,
  ...given,
});

export const findingChange = (given: Fields) => ({
  finding_id: "f1",
  change: "opened",
  at: T0,
  kind: "stalled_transit",
  subject_kind: "order",
  subject_id: "o1",
  since: T0 - 24 * HOUR,
  due: null,
  reason: "",
  stage: "transit",
  order_id: "o1",
  customer_id: "c1",
  merchant_id: "m1",
  category: "shoes",
  carrier: "SF",
  hub: "WUH-1",
  region: "420000",
  type: "",
  evidence: "{}",
  policy: "p1",
  ...source,
  ...given,
});

export const progress = (given: Fields) => ({
  process: "track",
  topic: "tocsin.orders.v1",
  partition: 0,
  next_offset: 10,
  watermark: T0,
  received: 0,
  rejected: 0,
  late: 0,
  open: 0,
  ...given,
});

export const judgement = (given: Fields) => ({
  series: "complaints|region|440000|",
  measure: "complaints",
  dimension: "region",
  value: "440000",
  type: "",
  bucket_ms: HOUR,
  at: T0,
  observed: 1,
  expected: 1,
  upper: 4,
  p_value: 0.5,
  alarm: false,
  ...given,
});

export const incidentChange = (given: Fields) => ({
  incident_id: "i1",
  at: T0,
  change: "opened",
  measure: "complaints",
  dimension: "region",
  value: "440000",
  type: "",
  since: T0 - HOUR,
  observed: 20,
  expected: 4,
  p_value: 0.0001,
  size: 16,
  evidence: "{}",
  ...given,
});

export const action = (given: Fields) => ({
  action_id: "a1",
  order_id: "o1",
  customer_id: "c1",
  cause: "stalled_transit",
  finding_id: "f1",
  steps: ["apology", "express_upgrade", "coupon"],
  amount: "5.00",
  currency: "CNY",
  verdict: "approved",
  reason: "",
  region: "420000",
  decided_at: T0,
  policy: "p1",
  ...given,
});

export const pageChange = (given: Fields) => ({
  page_id: "p1",
  at: T0,
  change: "opened",
  subject_kind: "incident",
  subject: "i1",
  severity: "critical",
  region: "440000",
  size: 16,
  title: "广东投诉激增",
  body: JSON.stringify({ what: "complaints", do: "add couriers" }),
  ...given,
});

export const delivery = (given: Fields) => ({
  effect_id: "a1",
  sink: "webhook",
  status: "delivered",
  attempts: 1,
  detail: "",
  updated_at: T0,
  ...given,
});

/** One issue; `points` are its moments with mean, lower (10 %) and upper (90 %). */
export const forecastIssue = ({ points, ...given }: Fields & { points: readonly Fields[] }) => ({
  series: "complaints",
  step: "hour",
  issued_at: T0,
  version: "v1",
  model: "regression",
  status: "ok",
  moments: points.map(({ at = T0 + HOUR }) => at),
  mean: points.map(({ mean = 10 }) => mean),
  quantiles: Array.from({ length: 9 }, (_, l) => points.map(({ lower = 5, upper = 16 }) => (l < 4 ? lower : upper))),
  ...given,
});

export const forecastSpike = (given: Fields) => ({
  region: "440000",
  day: T0 + 24 * HOUR,
  issued_at: T0,
  probability: 0.4,
  capacity: 20,
  mean: 18,
  upper: 30,
  promotion: 6,
  weather: 0,
  backlog: 1,
  season: 2,
  recent: 0,
  status: "ok",
  automatic: true,
  ...given,
});

export const forecastScore = (given: Fields) => ({
  series: "complaints",
  step: "day",
  at: T0,
  lead: 1,
  version: "v1",
  n: 1,
  actual: 12,
  mean: 10,
  absolute_error: 2,
  inside80: 1,
  inside90: 1,
  inside95: 1,
  below: 0,
  pinball: 1,
  ...given,
});
