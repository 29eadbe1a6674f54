import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What becomes of a statement on its way to the store. */
export type Fate =
  | { readonly kind: "pass" }
  | { readonly kind: "slow"; readonly ms: number }
  /** Not done: the connection ends, or ClickHouse's own words say why. */
  | { readonly kind: "hangUp" }
  | { readonly kind: "refuse"; readonly code: number; readonly name: string }
  /** Done, and nobody hears of it. */
  | { readonly kind: "mute" };

export interface Statement {
  /** The table an INSERT writes into. */
  readonly insert: string | undefined;
}

export const PASS: Fate = { kind: "pass" };

/** The way from one instance to the store: what goes by can be seen, and stopped. */
export interface Gate {
  readonly url: string;
  /** Inserts that were stored and answered, since the start. */
  stored(table?: string): number;
  /** Decides what becomes of every statement from now on. */
  fate(decide: (statement: Statement) => Fate): void;
  /**
   * Resolves to true when a statement that is looked for is at this point: `before` the store has it, or `after` it
   * was done and before the answer; then it goes no further. To false when none came in time.
   */
  catch(wanted: (statement: Statement) => boolean, when: "before" | "after", withinMs: number): Promise<boolean>;
  /** Ends a `catch` that is under way, as if its time was over. */
  release(): void;
  close(): Promise<void>;
}

interface Trap {
  readonly wanted: (statement: Statement) => boolean;
  readonly when: "before" | "after";
  end(caught: boolean): void;
}

const INSERT = /^\s*INSERT\s+INTO\s+[`"]?(\w+)/i;

/** @param target  where the store is, asked at every statement: http://host:port */
export async function openGate(target: () => string): Promise<Gate> {
  const agent = new Agent({ keepAlive: true });
  const stored = new Map<string, number>();
  let decide: (statement: Statement) => Fate = () => PASS;
  let trap: Trap | undefined;

  const caught = (statement: Statement, when: Trap["when"]): boolean => {
    if (trap?.when !== when || !trap.wanted(statement)) return false;
    const sprung = trap;
    trap = undefined;
    sprung.end(true);
    return true;
  };

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const query = new URL(incoming.url ?? "/", "http://gate").searchParams.get("query");
    const statement = { insert: INSERT.exec(query ?? body.subarray(0, 200).toString("latin1"))?.[1] };
    if (caught(statement, "before")) return void response.destroy();
    const fate = decide(statement);
    if (fate.kind === "hangUp") return void response.destroy();
    if (fate.kind === "refuse") return refuse(response, fate);
    if (fate.kind === "slow") await sleep(fate.ms);
    const done = await pass(new URL(incoming.url ?? "/", target()), incoming, body, agent);
    if (caught(statement, "after") || fate.kind === "mute") return void response.destroy();
    if (statement.insert !== undefined && done.status === 200) {
      stored.set(statement.insert, (stored.get(statement.insert) ?? 0) + 1);
    }
    response.writeHead(done.status, done.headers);
    response.end(done.body);
  }

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stored: (table) => (table === undefined ? sum(stored.values()) : (stored.get(table) ?? 0)),
    fate(next) {
      decide = next;
    },
    catch(wanted, when, withinMs) {
      trap?.end(false);
      return new Promise((resolve) => {
        const end = (is: boolean) => {
          clearTimeout(timer);
          if (trap === ours) trap = undefined;
          resolve(is);
        };
        const timer = setTimeout(end, withinMs, false);
        const ours: Trap = { wanted, when, end };
        trap = ours;
      });
    },
    release: () => trap?.end(false),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
}

interface Done {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

function pass(url: URL, incoming: IncomingMessage, body: Buffer, agent: Agent): Promise<Done> {
  const { "transfer-encoding": _, connection: __, ...headers } = incoming.headers;
  return new Promise((resolve, reject) => {
    const onward = request(url, {
      method: incoming.method,
      headers: { ...headers, host: url.host, "content-length": String(body.length) },
      agent,
    });
    onward.once("error", reject);
    onward.once("response", async (answered) => {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of answered) chunks.push(chunk as Buffer);
        const { "transfer-encoding": ___, connection: ____, ...rest } = answered.headers;
        resolve({ status: answered.statusCode ?? 500, headers: rest, body: Buffer.concat(chunks) });
      } catch (error) {
        reject(error);
      }
    });
    onward.end(body);
  });
}

function refuse(response: ServerResponse, { code, name }: { code: number; name: string }): void {
  response.writeHead(500, { "X-ClickHouse-Exception-Code": String(code), "Content-Type": "text/plain" });
  response.end(`Code: ${code}. DB::Exception: refused for a trial. (${name})\n`);
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, n) => total + n, 0);
