import type { FastifyPluginAsync, FastifyReply } from "fastify";
import type { Registry } from "prom-client";
import { z } from "zod";
import type { Store } from "../../infra/store/port.ts";
import { lists } from "../lists.ts";
import { summarise } from "../summary.ts";
import { LANGS, type Lang } from "../words.ts";
import { healthJudge } from "./health.ts";
import { language } from "./language.ts";
import { regionCodes } from "./regions.ts";
import { remember } from "./remember.ts";
import { renderPage } from "./render.ts";
import type { LiveStatus } from "./status.ts";

export type LivePageOptions = {
  readonly store: Store;
  readonly registry: Registry;
  readonly status: () => LiveStatus;
  /** The name of a region; the code itself when it is unknown. */
  readonly regionName?: (code: string, lang: Lang) => string;
  /** Milliseconds of the wall clock, for caching and health. */
  readonly now?: () => number;
  readonly stuckAfterMs?: number;
};

const query = z.object({ lang: z.string().max(35).optional().catch(undefined) });
/** A store that does not answer a health probe in this time does not answer. */
const PING_MS = 5000;

/**
 * The live page at `/`, its data at `/api/summary` and `/api/lists`, `/healthz` and `/metrics`.
 * Reads only; needs no session and shows nothing but this store, so it is to be bound to the loopback.
 */
export function livePage(options: LivePageOptions): FastifyPluginAsync {
  const { store, registry, status } = options;
  const now = options.now ?? Date.now;
  const name = options.regionName ?? ((code: string) => code);
  const pages = new Map(LANGS.map((lang) => [lang, renderPage(lang)]));
  const summaryNow = remember(() => summarise(store), now);
  const listsNow = remember(() => lists(store), now);
  const judge = healthJudge(options.stuckAfterMs);
  const langOf = (request: { query: unknown; headers: { "accept-language"?: string | undefined } }): Lang =>
    language(query.parse(request.query).lang, request.headers["accept-language"]);
  const names = (data: unknown, lang: Lang) =>
    Object.fromEntries(regionCodes(data).map((code) => [code, name(code, lang)]));

  return async (app) => {
    app.addHook("onRequest", async (_request, reply) => {
      reply.headers({
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      });
    });

    app.get("/", async (request, reply) => {
      const page = pages.get(langOf(request));
      if (page === undefined) throw new Error("expected a page for every language");
      reply.headers({ "content-security-policy": page.policy, vary: "accept-language" });
      return reply.type("text/html; charset=utf-8").send(page.html);
    });

    app.get("/api/summary", async (request, reply) =>
      answer(reply, async () => {
        const summary = await summaryNow();
        return { summary, status: status(), regions: names(summary, langOf(request)) };
      }),
    );

    app.get("/api/lists", async (request, reply) =>
      answer(reply, async () => {
        const data = await listsNow();
        return { lists: data, regions: names(data, langOf(request)) };
      }),
    );

    app.get("/healthz", async (_request, reply) => {
      try {
        await within(PING_MS, store.ping());
        const health = judge((await within(PING_MS, summaryNow())).frontier, status(), now());
        return reply.code(health.ok ? 200 : 503).send(health);
      } catch (error) {
        reply.log.warn({ err: error }, "HealthProbeFailed");
        return reply.code(503).send({ ok: false, reason: "the store does not answer", frontier: null });
      }
    });

    app.get("/metrics", async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  };
}

async function answer(reply: FastifyReply, work: () => Promise<object>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    reply.log.error({ err: error }, "StoreReadFailed");
    return reply.code(503).send({ error: "the store does not answer" });
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`no answer in ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
