const KINDS = [
  "placed",
  "paid",
  "packed",
  "picked_up",
  "departed_hub",
  "arrived_hub",
  "out_for_delivery",
  "delivered",
] as const;
const STEP_MS = 3 * 3600_000;
const CATEGORIES = ["生鲜", "服饰", "grocery", "电子", "books"];

/** ISO 8601 at +08:00, as Chinese senders write it. */
const spelled = (at: number): string => `${new Date(at + 8 * 3600_000).toISOString().slice(0, 19)}+08:00`;

export interface BenchEvent {
  readonly orderId: string;
  readonly json: string;
}

/**
 * Event `index` of a stream of orders that each live through eight events three hours apart, thousands at a time:
 * about 300 bytes, the fields of a full scan record, in order of time.
 * @param open  orders under way at a time
 */
export function benchEvent(index: number, start: number, open = 10_000): BenchEvent {
  const round = Math.floor(index / (open * KINDS.length));
  const within = index % (open * KINDS.length);
  const step = Math.floor(within / open);
  const order = round * open + (within % open);
  const placedAt = start + round * KINDS.length * STEP_MS + (order % open) * (STEP_MS / open);
  const orderId = `DD-${String(order).padStart(9, "0")}`;
  const region = String(330_000 + (order % 97) * 100);
  const event = {
    orderId,
    kind: KINDS[step],
    occurredAt: spelled(placedAt + step * STEP_MS),
    region,
    customerId: `C${String(order % 50_000).padStart(7, "0")}`,
    merchantId: `M${order % 300}`,
    category: CATEGORIES[order % CATEGORIES.length],
    value: (order % 90_000) / 100 + 1,
    origin: "330100",
    destination: region,
    carrier: `carrier-${order % 6}`,
    service: "standard",
    promisedBy: spelled(placedAt + 72 * 3600_000),
    hub: `转运中心-${order % 40}`,
  };
  return { orderId, json: JSON.stringify(event) };
}
