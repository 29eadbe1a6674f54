import type { Written } from "./events.ts";

const DAY_MS = 86_400_000;

/** Counts a day as CSV, days without anything included: what `forecast` and `backtest` read. */
export function dailyCounts(events: readonly Pick<Written, "kind" | "day">[]): string {
  const days = new Map<string, { orders: number; complaints: number }>();
  for (const { kind, day } of events) {
    if (kind !== "placed" && kind !== "opened") continue;
    const counts = days.get(day) ?? { orders: 0, complaints: 0 };
    counts[kind === "placed" ? "orders" : "complaints"]++;
    days.set(day, counts);
  }
  const known = [...days.keys()].sort();
  const lines = ["date,orders,complaints"];
  const [first, last] = [Date.parse(known[0] ?? ""), Date.parse(known.at(-1) ?? "")];
  for (let at = first; at <= last; at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    const { orders, complaints } = days.get(day) ?? { orders: 0, complaints: 0 };
    lines.push(`${day},${orders},${complaints}`);
  }
  return `${lines.join("\n")}\n`;
}
