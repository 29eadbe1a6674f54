import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Stream } from "../contracts/topics.ts";

/** Who may send events, and how much. The token itself is nowhere: whoever reads the file cannot send. */
export interface Sender {
  readonly name: string;
  /** SHA-256 of the token, hex. A token has 256 random bits, so a plain digest is as hard to reverse as to guess. */
  readonly sha256: string;
  readonly streams: readonly Stream[];
  readonly requestsPerMinute: number;
}

const PREFIX = "tcs_";
const BYTES = 32;
const BEARER = /^bearer +([\x21-\x7e]{1,256})$/i;

/** A new token, and what is kept of it. */
export function createToken(): { readonly token: string; readonly sha256: string } {
  const token = `${PREFIX}${randomBytes(BYTES).toString("base64url")}`;
  return { token, sha256: digestOf(token).toString("hex") };
}

/**
 * The sender of a request. Every sender is compared, in constant time: how long it takes tells nothing.
 * @param authorization  the header as it came
 */
export function senderOf(senders: readonly Sender[], authorization: string | undefined): Sender | undefined {
  const given = digestOf(BEARER.exec(authorization ?? "")?.[1] ?? "");
  let found: Sender | undefined;
  for (const sender of senders) if (timingSafeEqual(Buffer.from(sender.sha256, "hex"), given)) found = sender;
  return found;
}

const digestOf = (token: string): Buffer => createHash("sha256").update(token).digest();
