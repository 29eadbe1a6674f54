import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Budget, createBudget } from "./budget.ts";
import { Refusal } from "./refusal.ts";
import { type Sender, senderOf } from "./tokens.ts";

/** Wrong tokens an address may try in a minute: nobody guesses 256 bits, but nobody needs to be let try. */
const WRONG_PER_MINUTE = 60;
const MINUTE_MS = 60_000;

/** Decides who is let in before a byte of the body is read, and how many bytes are held at a time. */
export interface Admission {
  /** @throws Refusal 401 for a token that is none, 429 above the sender's rate */
  admit(request: FastifyRequest): Promise<Sender | undefined>;
  /** Holds bytes until the answer is out or the connection is gone. @throws Refusal 503 when too many are held */
  hold(reply: FastifyReply, bytes: number): void;
}

/**
 * @param senders  who may send; undefined lets everybody in, for a door that only this machine can reach
 * @param heldBytes  bytes of bodies held at a time
 */
export async function createAdmission(
  app: FastifyInstance,
  senders: readonly Sender[] | undefined,
  heldBytes: number,
): Promise<Admission> {
  await app.register(rateLimit, { global: false });
  const who = (request: FastifyRequest) => senderOf(senders ?? [], request.headers.authorization);
  const sent = app.createRateLimit({
    timeWindow: MINUTE_MS,
    max: (request) => who(request)?.requestsPerMinute ?? 0,
    keyGenerator: (request) => `sender ${who(request)?.name}`,
  });
  const wrong = app.createRateLimit({
    timeWindow: MINUTE_MS,
    max: WRONG_PER_MINUTE,
    keyGenerator: (request) => `address ${request.ip}`,
  });
  const within = async (check: typeof sent, request: FastifyRequest) => {
    const limit = await check(request);
    if (limit.isAllowed || !limit.isExceeded) return;
    const detail = `expected at most ${limit.max} requests a minute; try again in ${limit.ttlInSeconds} s`;
    throw new Refusal(429, "too_many_requests", detail, { "retry-after": String(limit.ttlInSeconds) });
  };
  const budget: Budget = createBudget(heldBytes);

  return {
    async admit(request) {
      if (senders === undefined) return undefined;
      const sender = who(request);
      await within(sender ? sent : wrong, request);
      if (sender) return sender;
      const detail = "expected the header Authorization: Bearer with a token that is known here";
      throw new Refusal(401, "unauthorized", detail, { "www-authenticate": "Bearer" });
    },
    hold(reply, bytes) {
      const give = budget.take(bytes);
      if (give === undefined) {
        throw new Refusal(503, "busy", "too much is being received; try again", { "retry-after": "1" });
      }
      reply.raw.once("finish", give);
      reply.raw.once("close", give);
    },
  };
}
