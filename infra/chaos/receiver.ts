import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A receiver of actions and pages that remembers what it was told. */
export interface Receiver {
  readonly url: string;
  /** Bodies by Idempotency-Key, each body once. */
  readonly taken: ReadonlyMap<string, ReadonlySet<string>>;
  /** Requests in all. */
  requests(): number;
  /** `mute`: it acts and does not answer. `hangUp`: it acts and ends the connection. */
  behave(how: "answer" | "mute" | "hangUp" | "refuse"): void;
  close(): Promise<void>;
}

export async function openReceiver(): Promise<Receiver> {
  const taken = new Map<string, Set<string>>();
  let how: "answer" | "mute" | "hangUp" | "refuse" = "answer";
  let requests = 0;
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    requests += 1;
    if (how === "refuse") {
      response.statusCode = 503;
      return void response.end();
    }
    const key = String(incoming.headers["idempotency-key"] ?? "");
    const bodies = taken.get(key) ?? new Set();
    taken.set(key, bodies.add(Buffer.concat(chunks).toString()));
    if (how === "answer") response.end();
    else if (how === "hangUp") response.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    taken,
    requests: () => requests,
    behave(next) {
      how = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
