/** Codes of ClickHouse that the front answers with itself. */
export const CODE = {
  badArguments: 36,
  notImplemented: 48,
  syntax: 62,
  tooManyQueries: 202,
  aborted: 236,
  memory: 241,
  tooLarge: 229,
  authentication: 516,
} as const;

/** A refusal in the words of ClickHouse: code, text and the HTTP status that goes with them. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: number;
  readonly status: number | undefined;
  constructor(code: number, type: string, message: string, status?: number) {
    super(`Code: ${code}. DB::Exception: ${message}. (${type})`);
    this.code = code;
    this.status = status;
  }
}

export function notImplemented(what: string): Fault {
  return new Fault(CODE.notImplemented, "NOT_IMPLEMENTED", `${what} is not supported by this front of chDB`);
}

export function badRequest(what: string): Fault {
  return new Fault(CODE.badArguments, "BAD_ARGUMENTS", what);
}

export function tooLarge(limit: number): Fault {
  return new Fault(CODE.tooLarge, "QUERY_IS_TOO_LARGE", `Request body is larger than ${limit} bytes`, 413);
}
