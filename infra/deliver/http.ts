import type { Attempt } from "./sink.ts";

export interface PostOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Wall clock, ms, for a Retry-After that names a date. */
  readonly now: number;
}

/** 4xx that speak of the moment and not of the request. */
const PASSING = new Set([408, 425, 429]);
const DETAIL_BYTES = 300;

/**
 * One POST, and what its answer means. Redirects are not followed: a signed message goes where it was sent or
 * nowhere. No answer in time is a retry, though the receiver may have acted: the Idempotency-Key tells it.
 */
export async function post({ url, headers, body, timeoutMs, signal, now }: PostOptions): Promise<Attempt> {
  const attempt = new AbortController();
  const abort = () => attempt.abort();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    abort();
  }, timeoutMs);
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
      redirect: "manual",
      signal: attempt.signal,
    });
    return meaning(response.status, response.headers.get("retry-after"), await beginning(response), now);
  } catch (error) {
    return { kind: "retry", detail: late ? `no answer within ${timeoutMs} ms` : networkFault(error) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/** @param retryAfter  header of that name: seconds or a date */
export function meaning(status: number, retryAfter: string | null, text: string, now: number): Attempt {
  const detail = text === "" ? `HTTP ${status}` : `HTTP ${status}: ${text}`;
  if (status >= 200 && status < 300) return { kind: "delivered", detail: `HTTP ${status}` };
  if (status >= 500 || PASSING.has(status)) return { kind: "retry", detail, afterMs: waitOf(retryAfter, now) };
  if (status >= 300 && status < 400) return { kind: "refused", detail: `HTTP ${status}: redirects are not followed` };
  return { kind: "refused", detail };
}

function waitOf(retryAfter: string | null, now: number): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\s*\d+\s*$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The first bytes of the answer, for people; a receiver that sends more is not listened to. */
async function beginning(response: Response): Promise<string> {
  if (response.body === null) return "";
  if (response.ok) {
    await response.body.cancel();
    return "";
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= DETAIL_BYTES) break;
  }
  const text = Buffer.concat(chunks).subarray(0, DETAIL_BYTES).toString("utf8");
  return text.replace(/\p{Cc}+/gu, " ").trim();
}

/** fetch says only that it failed; why is in the cause. */
function networkFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const code = "code" in cause ? String(cause.code) : cause.name;
  return cause.message === "" ? code : `${code}: ${cause.message}`;
}

/**
 * The address of a receiver.
 * @param allowHttp  lets plain HTTP leave this machine
 * @throws TypeError when it is none, would send in the clear, or carries credentials
 */
export function receiverUrl(text: string, allowHttp: boolean): URL {
  if (!URL.canParse(text)) throw new TypeError(`receiver: expected a URL, got ${JSON.stringify(text)}`);
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    throw new TypeError(`receiver ${url.host}: expected no user and password in the URL`);
  }
  const plain = url.protocol === "http:" && (allowHttp || isLoopback(url.hostname));
  if (url.protocol !== "https:" && !plain) {
    throw new TypeError(`receiver ${url.host}: expected https, or http on the loopback, got ${url.protocol}`);
  }
  return url;
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
