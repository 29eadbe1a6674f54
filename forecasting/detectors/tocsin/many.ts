import { availableParallelism } from "node:os";
import { runThread } from "../../threads.ts";
import type { Judgement } from "../judgement.ts";
import { type Designs, type TocsinInput, type TocsinOptions, tocsin } from "../tocsin.ts";

/** One series and the first step of it to judge. */
export type Task = { readonly input: TocsinInput; readonly from: number };

/** What threads share: the tasks, whose columns lie in shared memory, and the first task nobody has begun. */
export type Work = { readonly tasks: readonly Task[]; readonly options: TocsinOptions; readonly next: Int32Array };

/** Judgements of tasks from a first one on. */
export type Done = { readonly first: number; readonly judged: readonly Judgement[] };

const ENTRY = new URL("worker.ts", import.meta.url);

/** Judged steps below which starting threads costs more than it saves; a first fit counts as so many. */
const WORTH_THREADS = 2000;
const FIT = 10;
/** Tasks a thread takes at a time. */
const CHUNK = 32;

/** Judges many series, on as many threads as there are processors where that pays. The result does not depend on it. */
export async function tocsinMany(
  tasks: readonly Task[],
  options: TocsinOptions,
  threads: number = availableParallelism(),
): Promise<Judgement[]> {
  const work = tasks.reduce((sum, { input, from }) => sum + FIT + input.counts.length - from, 0);
  if (threads < 2 || work < WORTH_THREADS) return judgeAll(tasks, options);
  const shared: Work = { tasks: share(tasks), options, next: new Int32Array(new SharedArrayBuffer(4)) };
  const out = new Array<Judgement>(tasks.length);
  const take = ({ first, judged }: Done): void => {
    for (let i = 0; i < judged.length; i++) out[first + i] = judged[i] as Judgement;
  };
  // This thread is one of them: it has nothing else to do.
  const others = Array.from({ length: threads - 1 }, () => runThread(ENTRY, shared, take));
  judgeRest(shared, take);
  await Promise.all(others);
  return out;
}

/** Judges series one after another. */
export function judgeAll(tasks: readonly Task[], options: TocsinOptions): Judgement[] {
  const designs: Designs = new Map();
  return tasks.map(({ input, from }) => tocsin(input, from, options, designs));
}

/** Takes tasks until nobody has any left. */
export function judgeRest({ tasks, options, next }: Work, done: (done: Done) => void): void {
  const designs: Designs = new Map();
  for (;;) {
    const first = Atomics.add(next, 0, CHUNK);
    if (first >= tasks.length) return;
    const some = tasks.slice(first, first + CHUNK);
    done({ first, judged: some.map(({ input, from }) => tocsin(input, from, options, designs)) });
  }
}

/** The same tasks, their columns side by side in one shared buffer, so that no thread copies them. */
function share(tasks: readonly Task[]): Task[] {
  const columnsOf = ({ counts, exposure, completeness, drivers }: TocsinInput) =>
    [counts, exposure, completeness, ...(drivers ?? [])].filter((column) => column !== undefined);
  const values = tasks.reduce((sum, { input }) => sum + columnsOf(input).reduce((n, c) => n + c.length, 0), 0);
  const all = new Float64Array(new SharedArrayBuffer(8 * values));
  let at = 0;
  const put = (column: Float64Array): Float64Array => {
    const view = all.subarray(at, at + column.length);
    view.set(column);
    at += column.length;
    return view;
  };
  return tasks.map(({ input: { counts, exposure, completeness, drivers }, from }) => ({
    input: {
      counts: put(counts),
      exposure: exposure && put(exposure),
      completeness: completeness && put(completeness),
      drivers: (drivers ?? []).map(put),
    },
    from,
  }));
}
