/** An answer that is not about single records. `error` is from a closed list; nothing internal is told. */
export class Refusal extends Error {
  readonly statusCode: number;
  readonly error: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(statusCode: number, error: string, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.statusCode = statusCode;
    this.error = error;
    this.headers = headers;
  }
}

export const tooLarge = (detail: string): Refusal => new Refusal(413, "too_large", detail);
