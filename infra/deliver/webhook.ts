import { post, receiverUrl } from "./http.ts";
import { sign } from "./signature.ts";
import type { Sink } from "./sink.ts";

export interface WebhookOptions {
  readonly url: string;
  /** Key of the signature. */
  readonly secret: string;
  /** Wall clock, ms. */
  readonly clock: () => number;
  readonly name?: string;
  /** Until an attempt counts as unanswered, ms. Default 10,000. */
  readonly timeoutMs?: number;
  /** Lets plain HTTP leave this machine. Default false. */
  readonly allowHttp?: boolean;
}

const TYPES = { action: "tocsin.action.v1", page: "tocsin.page.v1" } as const;

/**
 * Posts every effect as `{"id", "type", "data"}`, signed (see README.md beside this file).
 * @throws TypeError for a URL that would send it in the clear
 */
export function createWebhook({
  url,
  secret,
  clock,
  name = "webhook",
  timeoutMs = 10_000,
  ...options
}: WebhookOptions): Sink {
  const receiver = receiverUrl(url, options.allowHttp ?? false);
  return {
    name,
    takes: ["action", "page"],
    deliver({ effectId, kind, message }, signal) {
      const body = JSON.stringify({ id: effectId, type: TYPES[kind], data: message });
      const now = clock();
      const headers = { "idempotency-key": effectId, ...sign(secret, body, now) };
      return post({ url: receiver, headers, body, timeoutMs, signal, now });
    },
  };
}
