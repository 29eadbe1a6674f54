// The state of open orders: bytes each, CPU of an event, pauses, timers, checkpoints.
// node --import tsx infra/bench/orders.ts [--orders 5000000]   prints one JSON document.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** Figures by measure; each was taken in a process of its own, so that memory is its own. */
export async function benchOrders(most = 5_000_000, progress: (line: string) => void = () => {}): Promise<object> {
  const run = async (measure: string, count: number, ids = "numbered") => {
    progress(`${measure} of ${count.toLocaleString("en")} orders, ${ids} ids`);
    return child(measure, count, ids);
  };
  const small = await run("state", 100_000);
  const large = await run("state", most);
  const ratio = Number(large.nsPerEvent) / Number(small.nsPerEvent);
  return {
    orders: most,
    small,
    large,
    costRatio: Number(ratio.toFixed(2)),
    uuids: await run("state", most / 5, "uuid"),
    timers: await run("timers", most),
    checkpoint: await run("checkpoint", most / 5),
  };
}

async function child(measure: string, count: number, ids: string): Promise<Record<string, number>> {
  const script = fileURLToPath(new URL("orders-child.ts", import.meta.url));
  const started = spawn(process.execPath, ["--import", "tsx", "--expose-gc", script, measure, String(count), ids], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [printed, [code]] = await Promise.all([text(started.stdout), once(started, "exit")]);
  if (code !== 0) throw new Error(`expected ${measure} to end well, got exit code ${code}`);
  return JSON.parse(printed) as Record<string, number>;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { orders: { type: "string", default: "5000000" } } });
  const most = Number(values.orders);
  if (!Number.isInteger(most) || most < 100_000) throw new TypeError(`--orders: expected 100000 or more, got ${most}`);
  const figures = await benchOrders(most, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
