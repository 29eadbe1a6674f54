import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { header } from "./ask.ts";
import { CODE, Fault } from "./fault.ts";

export interface Account {
  readonly user: string;
  readonly password: string;
}

/** @throws Fault 403 unless the request names the account; without an account everybody on this machine may ask */
export function checkAccess(
  headers: IncomingHttpHeaders,
  address: URLSearchParams,
  account: Account | undefined,
): void {
  // A page in a browser could otherwise reach the store of whoever looks at it.
  if (headers.origin !== undefined) throw refused("Requests of web pages are not served");
  if (!account) return;
  const { user, password } = presented(headers, address);
  const right = [same(user, account.user), same(password, account.password)];
  if (right.includes(false))
    throw refused(`${user}: Authentication failed: password is incorrect, or there is no such user`);
}

function presented(headers: IncomingHttpHeaders, address: URLSearchParams): Account {
  const basic = /^Basic\s+(.+)$/i.exec(headers.authorization ?? "")?.[1];
  if (basic) {
    const [user = "", ...rest] = Buffer.from(basic, "base64").toString("utf8").split(":");
    return { user, password: rest.join(":") };
  }
  return {
    user: header(headers, "x-clickhouse-user") ?? address.get("user") ?? "default",
    password: header(headers, "x-clickhouse-key") ?? address.get("password") ?? "",
  };
}

function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function refused(message: string): Fault {
  return new Fault(CODE.authentication, "AUTHENTICATION_FAILED", message);
}
