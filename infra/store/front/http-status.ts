import { CODE } from "./fault.ts";

/** HTTP status of a ClickHouse error code, as ClickHouse's own HTTP interface answers it; 500 for the rest. */
export function httpStatus(code: number | undefined): number {
  return (code === undefined ? undefined : STATUS_BY_CODE.get(code)) ?? 500;
}

const CODES_BY_STATUS: readonly [status: number, codes: readonly number[]][] = [
  [400, [6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675, 676]],
  [401, [194]],
  [403, [192, 193, 497, 512, 516]],
  [404, [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511]],
  [408, [159]],
  [411, [381]],
  [413, [CODE.tooLarge]],
  [415, [779]],
  [501, [48]],
  [503, [76, 209, 439]],
];

const STATUS_BY_CODE: ReadonlyMap<number, number> = new Map(
  CODES_BY_STATUS.flatMap(([status, codes]) => codes.map((code): [number, number] => [code, status])),
);
