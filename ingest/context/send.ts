import { z } from "zod";
import { type ContextJson, got, ProviderError } from "./event.ts";

/** Events in a request. */
const AT_ONCE = 1000;
const MOST_REASONS = 5;

const answer = z.object({
  accepted: z.number(),
  rejected: z.number(),
  items: z.array(z.object({ status: z.string(), detail: z.string().optional() })),
});

export interface Sent {
  readonly accepted: number;
  readonly rejected: number;
  /** Of the first that were refused. */
  readonly reasons: readonly string[];
}

/**
 * Sends events to a running Tocsin. What was sent may be sent again: the same event twice is one.
 * @throws ProviderError when it does not answer, or not as expected; the token is in no message
 */
export async function sendOver(
  base: string,
  token: string | undefined,
  events: readonly ContextJson[],
  timeoutMs: number,
): Promise<Sent> {
  const url = new URL("v1/events/context", base.endsWith("/") ? base : `${base}/`);
  const sent = { accepted: 0, rejected: 0, reasons: [] as string[] };
  for (let from = 0; from < events.length; from += AT_ONCE) {
    const { accepted, rejected, items } = await post(url, token, events.slice(from, from + AT_ONCE), timeoutMs);
    sent.accepted += accepted;
    sent.rejected += rejected;
    items.forEach(({ detail }, i) => {
      if (detail !== undefined && sent.reasons.length < MOST_REASONS)
        sent.reasons.push(`event ${from + i + 1}: ${detail}`);
    });
  }
  return sent;
}

async function post(url: URL, token: string | undefined, events: readonly ContextJson[], timeoutMs: number) {
  const headers = {
    "content-type": "application/json",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const body = JSON.stringify(events);
  let said: string;
  try {
    const response = await fetch(url, { method: "POST", headers, body, redirect: "error", signal: AbortSignal.timeout(timeoutMs) }); // biome-ignore format: one call
    said = await response.text();
    if (![200, 207, 422].includes(response.status)) {
      throw new ProviderError(`${url}: expected the events to be taken, got HTTP ${response.status}: ${got(said)}`);
    }
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    const { name, message, cause } = error as Error;
    const why = name === "TimeoutError" ? `no answer within ${timeoutMs} ms` : ((cause as Error)?.message ?? message);
    throw new ProviderError(`${url}: expected a running Tocsin, got ${why}`, { cause: error });
  }
  const parsed = answer.safeParse(asJson(said));
  if (parsed.success) return parsed.data;
  throw new ProviderError(`${url}: expected a verdict for each event, got ${got(said)}`);
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
