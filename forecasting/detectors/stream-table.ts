import { cellsBetween, type PlainTable } from "../series/cells.ts";
import { type Layout, layoutOf, type Read, readLike, type Template, templateOf } from "./series-rows.ts";
import { checkRanges, eachSeries, groupRows, type Moment, type TableSeries } from "./series-table.ts";
import { sharedRooms } from "./shared-room.ts";

/** The rows of a series are not all together, or something is wrong with one: the table must be read whole, which says what. */
export class NotInOneGo extends Error {
  override readonly name = "NotInOneGo";
}

/** Bytes whose series are found together, where one does not have the times of the one before. */
const BLOCK = 1 << 19;

/**
 * The series of a plain table whose rows stand series by series, each as soon as it is read: who judges them need not wait for the
 * last.
 * @param block  bytes to begin with; more where a series is longer
 * @throws NotInOneGo where the table must be read whole, perhaps after some series
 */
export function* streamSeries(table: PlainTable, extra: readonly string[], block = BLOCK): Generator<TableSeries> {
  const seen = new Set<string>();
  const moments = new Map<string, Moment>();
  const layout = layoutOf(table, extra);
  const allot = sharedRooms();
  let template: Template | undefined;
  let size = block;
  for (let from = table.from; from < table.to; ) {
    const like = layout && template && readLike(table, layout, template, from, allot);
    if (layout && template && like) {
      yield tell(seen, seriesLike(table, layout, template, like));
      from = like.next;
      continue;
    }
    const to = lineEnd(table, from + size);
    const cells = cellsBetween(table, from, to);
    if (!cells) throw new NotInOneGo("a row of another width");
    const groups = [...groupRows(cells)];
    if (groups.some(([, runs]) => runs.length > 2)) throw new NotInOneGo("rows of a series apart");
    // The last may go on behind the block.
    const last = to < table.to ? groups.pop() : undefined;
    size = groups.length === 0 ? size * 2 : block;
    let series: TableSeries | undefined;
    for (series of read(cells, extra, groups, moments)) yield tell(seen, series);
    const row = groups.at(-1)?.[1][0];
    if (series && row !== undefined) template = templateOf(cells, row, series);
    from = last ? cells.span(last[1][0] as number, 0)[0] : table.to;
  }
}

function tell(seen: Set<string>, series: TableSeries): TableSeries {
  if (seen.has(series.name)) throw new NotInOneGo("rows of a series apart");
  seen.add(series.name);
  return series;
}

function* read(...args: Parameters<typeof eachSeries>): ReturnType<typeof eachSeries> {
  try {
    yield* eachSeries(...args);
  } catch (cause) {
    throw new NotInOneGo("a row that cannot be read", { cause });
  }
}

function seriesLike(table: PlainTable, layout: Layout, template: Template, like: Read): TableSeries {
  const { times, labels } = template.series;
  const [counts, ...others] = like.values as [Float64Array, ...Float64Array[]];
  const columns = new Map(others.map((values, v) => [layout.wanted[v + 1] as string, values]));
  const name = table.bytes.toString("utf8", ...like.name).trim();
  try {
    checkRanges(table.file, name, columns, labels);
  } catch (cause) {
    throw new NotInOneGo("a value that cannot be", { cause });
  }
  return { name, labels, times, counts, columns };
}

const NEWLINE = 10;

/** End of the line that holds a byte, without what ends it. */
function lineEnd({ bytes, to }: PlainTable, at: number): number {
  const end = at < to ? bytes.indexOf(NEWLINE, at) : -1;
  return end < 0 || end > to ? to : end;
}
