import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { Session } from "chdb";
import { openDirectory } from "../directory.ts";
import { openSpool } from "../spool.ts";
import { type Account, checkAccess } from "./access.ts";
import { sendAnswer, sendError } from "./answer.ts";
import { toAsk } from "./ask.ts";
import { type Budget, readBody } from "./body.ts";
import { run } from "./engine.ts";
import { createQueue } from "./queue.ts";

export interface FrontOptions {
  readonly path: string;
  /** 0 takes a free one. Default 0. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Asked of every request when given. */
  readonly account?: Account | undefined;
  /** Of one request, bytes, packed or not. Default 256 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** Of all requests together, bytes. Default 512 MiB. */
  readonly maxHeldBytes?: number | undefined;
  /** Of one answer, bytes, unless the request sets max_result_bytes. Default 512 MiB. */
  readonly maxResultBytes?: number | undefined;
  /** Statements at a time. Default 2: each takes a thread of libuv's four. */
  readonly parallel?: number | undefined;
  /** Statements in line. Default 1000. */
  readonly waiting?: number | undefined;
}

export interface Front {
  readonly url: string;
  /** Takes no new request, finishes those that are in, and gives the directory back. */
  close(): Promise<void>;
}

const MIB = 1024 * 1024;

/**
 * Serves a chDB directory through ClickHouse's HTTP interface.
 * Results and bodies are held in memory: it is for one machine, not for exports of everything.
 * @throws StoreError when the directory is held by another process; Error with `code` EADDRINUSE and the like
 */
export async function startFront(options: FrontOptions): Promise<Front> {
  const path = resolve(options.path);
  // Holds the engine and the lock of the directory for as long as the front runs.
  const holder = openDirectory(path, () => new Session(path));
  const close = async () => holder.close();
  try {
    const [version = "", timezone = ""] = holder
      .query("SELECT version(), timezone()", "TabSeparated")
      .trim()
      .split("\t");
    return await listen(options, path, { version, timezone }, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function listen(
  options: FrontOptions,
  path: string,
  about: { version: string; timezone: string },
  release: () => Promise<void>,
): Promise<Front> {
  const spool = openSpool(path);
  const queue = createQueue({ parallel: options.parallel ?? 2, waiting: options.waiting ?? 1000 });
  const budget: Budget = { held: 0, limit: options.maxHeldBytes ?? 512 * MIB };
  const maxBody = options.maxBodyBytes ?? 256 * MIB;
  const maxResult = options.maxResultBytes ?? 512 * MIB;
  let closing = false;

  const answer = async (request: IncomingMessage, response: ServerResponse, address: URL) => {
    checkAccess(request.headers, address.searchParams, options.account);
    const lease = { bytes: 0 };
    try {
      const raw = await readBody(request, maxBody, budget, lease);
      const ask = await toAsk(address.searchParams, request.headers, raw);
      response.setHeader("X-ClickHouse-Query-Id", ask.queryId ?? randomUUID());
      const readonly = request.method === "GET" || request.method === "HEAD";
      const result = await queue.run(() => run(path, ask, readonly, maxResult, spool));
      if (closing) response.setHeader("Connection", "close");
      await sendAnswer(response, result, ask.compress ? String(request.headers["accept-encoding"] ?? "") : undefined);
    } finally {
      budget.held -= lease.bytes;
    }
  };

  const server = createServer({ maxHeaderSize: MIB, keepAliveTimeout: 10_000 }, (request, response) => {
    const address = new URL(request.url ?? "/", "http://front");
    response.setHeader("X-ClickHouse-Server-Display-Name", "chDB");
    response.setHeader("X-ClickHouse-Timezone", about.timezone);
    if (closing) response.setHeader("Connection", "close");
    if (isProbe(request, address)) return plain(request, response, 200, "Ok.\n");
    if (address.pathname !== "/") return plain(request, response, 404, `There is no handle ${address.pathname}\n`);
    answer(request, response, address).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      // What was not read of a refused body would be taken for the next request.
      if (closing || !request.complete) response.setHeader("Connection", "close");
      sendError(response, error, about.version);
      if (!request.complete) request.resume();
    });
  });
  server.requestTimeout = 300_000;

  const host = options.host ?? "127.0.0.1";
  await new Promise<void>((ready, failed) => {
    server.once("error", failed);
    server.listen(options.port ?? 0, host, ready);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    close: async () => {
      closing = true;
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeIdleConnections();
      await closed;
      await queue.drain();
      await release();
    },
  };
}

function isProbe(request: IncomingMessage, { pathname, searchParams }: URL): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  return pathname === "/ping" || pathname === "/replicas_status" || (pathname === "/" && !searchParams.has("query"));
}

function plain(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  request.resume();
  response.statusCode = status;
  response.setHeader("Content-Type", "text/plain; charset=UTF-8");
  response.end(text);
}
