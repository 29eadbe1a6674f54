/** What has a place in time; what has none (undefined) comes as soon as it is reached. */
interface Timed {
  readonly at: number | undefined;
}

/** The head of one source, and what is behind it. */
interface Cursor<T> {
  readonly source: AsyncIterator<readonly T[]>;
  batch: readonly T[];
  index: number;
}

async function ready<T>(cursor: Cursor<T>): Promise<boolean> {
  while (cursor.index >= cursor.batch.length) {
    const next = await cursor.source.next();
    if (next.done) return false;
    cursor.batch = next.value;
    cursor.index = 0;
  }
  return true;
}

/** The earliest of the heads; of equal ones the first source. */
function earliest<T extends Timed>(cursors: readonly Cursor<T>[]): Cursor<T> | undefined {
  let best: Cursor<T> | undefined;
  let bestAt = Number.POSITIVE_INFINITY;
  for (const cursor of cursors) {
    const at = cursor.batch[cursor.index]?.at ?? Number.NEGATIVE_INFINITY;
    if (best === undefined || at < bestAt) [best, bestAt] = [cursor, at];
  }
  return best;
}

/**
 * Merges sources by the times of their heads: every source keeps its own order, even where its times go back.
 * Yields runs of items, whose cuts say nothing. A source that fails ends the merge with its error, after what
 * came before it.
 */
export async function* mergeByTime<T extends Timed>(
  sources: readonly AsyncIterable<readonly T[]>[],
): AsyncGenerator<readonly T[]> {
  let cursors = sources.map((source): Cursor<T> => ({ source: source[Symbol.asyncIterator](), batch: [], index: 0 }));
  const all = cursors;
  try {
    for (const cursor of all) if (!(await ready(cursor))) cursors = cursors.filter((one) => one !== cursor);
    while (cursors.length > 0) {
      const [only] = cursors;
      if (cursors.length === 1 && only) {
        yield only.batch.slice(only.index);
        only.index = only.batch.length;
        if (!(await ready(only))) return;
        continue;
      }
      const run: T[] = [];
      for (let best = earliest(cursors); best; best = earliest(cursors)) {
        run.push(best.batch[best.index++] as T);
        if (best.index < best.batch.length) continue;
        yield run;
        if (!(await ready(best))) cursors = cursors.filter((one) => one !== best);
        break;
      }
    }
  } finally {
    for (const { source } of all) await source.return?.();
  }
}
