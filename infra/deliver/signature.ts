import { createHmac, timingSafeEqual } from "node:crypto";

/** Names of the headers a delivery is signed in. */
export const TIMESTAMP_HEADER = "tocsin-timestamp";
export const SIGNATURE_HEADER = "tocsin-signature";

const hmac = (secret: string, timestamp: string, body: string | Buffer): Buffer =>
  createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest();

/**
 * The headers that prove who sent a body, and when.
 * @param now  ms; it is part of what is signed, so that an old message cannot be sent again by somebody else
 */
export function sign(secret: string, body: string, now: number): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  return {
    [TIMESTAMP_HEADER]: timestamp,
    [SIGNATURE_HEADER]: `v1=${hmac(secret, timestamp, body).toString("hex")}`,
  };
}

export type Verified = "ok" | "malformed" | "too_old" | "wrong_signature";

export interface Signed {
  /** The keys that hold: more than one while they are being changed. */
  readonly secrets: readonly string[];
  /** Value of Tocsin-Timestamp: seconds since 1970. */
  readonly timestamp: string | undefined;
  /** Value of Tocsin-Signature. */
  readonly signature: string | undefined;
  /** The bytes as they came, before anything parsed them. */
  readonly body: string | Buffer;
  /** ms */
  readonly now: number;
  /** How far the timestamp may be from `now`, ms. */
  readonly toleranceMs?: number;
}

/** Whether a delivery is ours and fresh. A repeat of a delivery is both: that is what its Idempotency-Key is for. */
export function verify({ secrets, timestamp, signature, body, now, toleranceMs = 300_000 }: Signed): Verified {
  const given = /^v1=([0-9a-f]{64})$/.exec(signature ?? "")?.[1];
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp) || given === undefined) return "malformed";
  const bytes = Buffer.from(given, "hex");
  const ours = secrets.map((secret) => timingSafeEqual(hmac(secret, timestamp, body), bytes));
  if (!ours.includes(true)) return "wrong_signature";
  return Math.abs(now - Number(timestamp) * 1000) <= toleranceMs ? "ok" : "too_old";
}
