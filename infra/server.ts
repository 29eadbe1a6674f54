import { fastify } from "fastify";
import { livePage } from "../dashboards/live/plugin.ts";
import { promiseRoute } from "../dashboards/live/promise.ts";
import type { LiveStatus } from "../dashboards/live/status.ts";
import type { Lang } from "../dashboards/words.ts";
import { eventRoutes } from "../ingest/http.ts";
import { readSenders } from "./config/senders.ts";
import type { Settings } from "./config/settings.ts";
import type { Metrics } from "./metrics.ts";
import type { Session } from "./session.ts";

/** A port that cannot be listened on: said with what to do about it. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

export interface Server {
  readonly url: string;
  close(): Promise<void>;
}

/** Who opens a connection and then says nothing, or says it a byte at a time, is cut off. */
const SLOW = { headersTimeout: 10_000, connectionsCheckingInterval: 1000 } as const;
const WHOLE_REQUEST_MS = 60_000;
const MOST_CONNECTIONS = 2000;

/** Serves ingest, the live page, metrics and health on one port. */
export async function startServer(
  { http }: Settings,
  session: Session,
  metrics: Metrics,
  status: () => LiveStatus,
  regionName: (code: string, lang: Lang) => string,
): Promise<Server> {
  const senders = http.senders === undefined ? undefined : readSenders(http.senders);
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    requestTimeout: WHOLE_REQUEST_MS,
    http: { ...SLOW },
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  await app.register(eventRoutes, { log: session.log, clock: Date.now, metrics: metrics.ingest, senders });
  await app.register(promiseRoute({ store: session.store }));
  await app.register(livePage({ store: session.store, registry: metrics.registry, status, regionName }));
  try {
    return { url: await app.listen({ host: http.host, port: http.port }), close: () => app.close() };
  } catch (error) {
    await app.close();
    throw listenError(http, error);
  }
}

function listenError({ host, port }: Settings["http"], error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    EADDRINUSE: "something else listens there",
    EACCES: "not allowed to",
    EADDRNOTAVAIL: "this machine has no such address",
  };
  const reason = code === undefined ? undefined : reasons[code];
  if (reason === undefined) return error;
  return new ListenError(
    `cannot listen on ${host}:${port}: ${reason}; choose another with --port or TOCSIN_HTTP_PORT`,
    {
      cause: error,
    },
  );
}
