import { z } from "zod";
import type { Params, Store } from "../../infra/store/port.ts";

/** ClickHouse may send 64-bit numbers and decimals as text; both are read as numbers. */
export const int = z.coerce.number().int().nonnegative();
export const real = z.coerce.number();
/** Milliseconds since 1970, as `toUnixTimestamp64Milli` gives them, to ISO 8601. */
export const moment = z.coerce.number().transform((ms) => new Date(ms).toISOString());
/** The same, where NULL and 1970 (an empty aggregate) mean "never". */
export const maybeMoment = z.union([z.null(), z.coerce.number()]).transform((ms) => {
  return ms === null || ms === 0 ? null : new Date(ms).toISOString();
});

/** SELECT in, typed rows out. @throws ZodError when the columns are not what the caller expects */
export async function select<Row extends z.ZodType>(
  store: Store,
  row: Row,
  sql: string,
  params?: Params,
): Promise<z.output<Row>[]> {
  return z.array(row).parse(await store.query(sql, params));
}

/** The one row of an aggregate without GROUP BY. */
export async function selectOne<Row extends z.ZodType>(
  store: Store,
  row: Row,
  sql: string,
  params?: Params,
): Promise<z.output<Row>> {
  const [first] = await select(store, row, sql, params);
  if (first === undefined) throw new Error(`expected one row and got none from: ${sql}`);
  return first;
}
