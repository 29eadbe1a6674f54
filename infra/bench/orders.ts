// The state of open orders: bytes each, CPU of an event, pauses, timers, checkpoints.
// node --import tsx infra/bench/orders.ts [--orders 5000000]   prints one JSON document.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** Of open orders held in memory. */
interface State {
  readonly bytesPerOrder: number;
  /** CPU of an event, ns. */
  readonly nsPerEvent: number;
  /** Longest that one order held the event loop, while they came and afterwards, ms. */
  readonly longestFillMs: number;
  readonly longestEventMs: number;
}

export interface OrderFigures {
  readonly orders: number;
  readonly small: State;
  readonly large: State;
  /** CPU of an event among `orders` over that among 100,000. */
  readonly costRatio: number;
  readonly uuids: State;
  /** `wrong`: not in order, or not in their minute. */
  readonly timers: { readonly fired: number; readonly wrong: number; readonly armNs: number; readonly fireNs: number };
  /** Of a fifth of the orders, while events go on. */
  readonly checkpoint: {
    readonly recovered: number;
    readonly recoverySeconds: number;
    readonly saveSeconds: number;
    readonly longestSaveBlockMs: number;
    readonly longestLoadBlockMs: number;
  };
}

/** Figures by measure; each was taken in a process of its own, so that memory is its own. */
export async function benchOrders(
  most = 5_000_000,
  progress: (line: string) => void = () => {},
): Promise<OrderFigures> {
  const run = async <Figures>(measure: string, count: number, ids = "numbered") => {
    progress(`${measure} of ${count.toLocaleString("en")} orders, ${ids} ids`);
    return child<Figures>(measure, count, ids);
  };
  const small = await run<State>("state", 100_000);
  const large = await run<State>("state", most);
  return {
    orders: most,
    small,
    large,
    costRatio: Number((large.nsPerEvent / small.nsPerEvent).toFixed(2)),
    uuids: await run<State>("state", most / 5, "uuid"),
    timers: await run<OrderFigures["timers"]>("timers", most),
    checkpoint: await run<OrderFigures["checkpoint"]>("checkpoint", most / 5),
  };
}

async function child<Figures>(measure: string, count: number, ids: string): Promise<Figures> {
  const script = fileURLToPath(new URL("orders-child.ts", import.meta.url));
  const started = spawn(process.execPath, ["--import", "tsx", "--expose-gc", script, measure, String(count), ids], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [printed, [code]] = await Promise.all([text(started.stdout), once(started, "exit")]);
  if (code !== 0) throw new Error(`expected ${measure} to end well, got exit code ${code}`);
  return JSON.parse(printed) as Figures;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { orders: { type: "string", default: "5000000" } } });
  const most = Number(values.orders);
  if (!Number.isInteger(most) || most < 100_000) throw new TypeError(`--orders: expected 100000 or more, got ${most}`);
  const figures = await benchOrders(most, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
