/** Whether trying the same thing again can help. */
export type Fate = "transient" | "permanent";

/**
 * ClickHouse error codes after which the same statement may succeed a little later.
 * From `src/Common/ErrorCodes.cpp`; everything else, known or not, is permanent.
 */
export const TRANSIENT_CODES: ReadonlyMap<number, string> = new Map([
  [159, "TIMEOUT_EXCEEDED"],
  [198, "DNS_ERROR"],
  [202, "TOO_MANY_SIMULTANEOUS_QUERIES"],
  [203, "NO_FREE_CONNECTION"],
  [209, "SOCKET_TIMEOUT"],
  [210, "NETWORK_ERROR"],
  [225, "NO_ZOOKEEPER"],
  [236, "ABORTED"],
  [241, "MEMORY_LIMIT_EXCEEDED"],
  [242, "TABLE_IS_READ_ONLY"],
  [243, "NOT_ENOUGH_SPACE"],
  [252, "TOO_MANY_PARTS"],
  [254, "NO_ACTIVE_REPLICAS"],
  [279, "ALL_CONNECTION_TRIES_FAILED"],
  [285, "TOO_FEW_LIVE_REPLICAS"],
  [286, "UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE"],
  [319, "UNKNOWN_STATUS_OF_INSERT"],
  [439, "CANNOT_SCHEDULE_TASK"],
  [473, "DEADLOCK_AVOIDED"],
  [519, "NO_REMOTE_SHARD_AVAILABLE"],
  [745, "SERVER_OVERLOADED"],
  [999, "KEEPER_EXCEPTION"],
]);

const TRANSIENT_ERRNO: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ESOCKETTIMEDOUT",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENETRESET",
  "EAI_AGAIN",
  "ENOTFOUND", // a service that is being restarted leaves the DNS of its cluster for a while
  "EADDRNOTAVAIL",
  "EMFILE",
  // As 243 is: somebody makes room.
  "ENOSPC",
  "EDQUOT",
]);

/** What the store throws: `code` is ClickHouse's (60), Node's ("ECONNREFUSED") or undefined when neither gave one. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly fate: Fate;
  readonly code: number | string | undefined;
  readonly table: string | undefined;
  constructor(
    message: string,
    about: { fate: Fate; code?: number | string | undefined; table?: string | undefined; cause?: unknown },
  ) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause });
    this.fate = about.fate;
    this.code = about.code;
    this.table = about.table;
  }
}

/** Code and fate of an error of the client, of chDB or of Node. */
export function classify(error: unknown): { code: number | string | undefined; fate: Fate } {
  if (error instanceof StoreError) return { code: error.code, fate: error.fate };
  const code = codeOf(error);
  if (typeof code === "number") return { code, fate: TRANSIENT_CODES.has(code) ? "transient" : "permanent" };
  if (code !== undefined) return { code, fate: TRANSIENT_ERRNO.has(code) ? "transient" : "permanent" };
  return { code: undefined, fate: "permanent" };
}

function codeOf(error: unknown): number | string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, clickhouseCode, cause } = error as Error & { code?: unknown; clickhouseCode?: unknown };
  if (typeof clickhouseCode === "number") return clickhouseCode;
  if (typeof code === "number") return code;
  if (typeof code === "string" && /^\d+$/.test(code)) return Number(code);
  // The client ends a request that takes too long with this text and no code.
  if (error.message === "Timeout error.") return "ETIMEDOUT";
  if (typeof code === "string" && !code.startsWith("CHDB_")) return code;
  const inText = /\bCode: (\d+)\. DB::/.exec(error.message);
  if (inText) return Number(inText[1]);
  return cause === undefined ? (code as string | undefined) : (codeOf(cause) ?? (code as string | undefined));
}

/** The StoreError of a failed statement; one that is a StoreError already stays as it is. */
export function storeError(doing: string, error: unknown, table?: string): StoreError {
  if (error instanceof StoreError) return error;
  const { code, fate } = classify(error);
  const said = error instanceof Error ? error.message || error.name : String(error);
  const about = code === undefined ? "" : ` (code ${code})`;
  return new StoreError(`${doing}: ${said.trim()}${about}`, { fate, code, table, cause: error });
}
