import { once } from "node:events";
import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { startThread } from "../../threads.ts";
import type { Judgement } from "../judgement.ts";
import { shared, sharedRooms } from "../shared-room.ts";
import { type Designs, type TocsinInput, type TocsinOptions, tocsin } from "../tocsin.ts";

/** One series, the first step of it to judge and, where it has its own, its steps a year. */
export type Task = { readonly input: TocsinInput; readonly from: number; readonly freq?: number };

/** Tasks that one thread judges together: who sets `taken`, in shared memory as the columns are, judges them. */
export type Chunk = { readonly first: number; readonly tasks: readonly Task[]; readonly taken: Int32Array };

/** Judgements of tasks from a first one on. */
export type Done = { readonly first: number; readonly judged: readonly Judgement[] };

const ENTRY = new URL("worker.ts", import.meta.url);

/** Judged steps below which starting threads costs more than it saves; a first fit counts as so many. */
const WORTH_THREADS = 2000;
const FIT = 10;
/** Tasks a thread takes at a time. */
const CHUNK = 32;

/**
 * Judges many series, on as many threads as there are processors where that pays: the others begin while this one still
 * draws tasks, which may cost reading. The result does not depend on it.
 * @param atOnce  starts them before the first task, which is known to be one of many
 * @throws what drawing the tasks or judging one throws
 */
export async function tocsinMany(
  tasks: Iterable<Task>,
  options: TocsinOptions,
  threads: number = availableParallelism(),
  atOnce = false,
): Promise<Judgement[]> {
  const out: Judgement[] = [];
  const take = ({ first, judged }: Done): void => {
    for (let i = 0; i < judged.length; i++) out[first + i] = judged[i] as Judgement;
  };
  const chunks: Chunk[] = [];
  const others: Worker[] = [];
  let ended: Promise<unknown> = Promise.resolve();
  let work = 0;
  const start = (): void => {
    for (let i = 1; i < threads; i++) others.push(startThread(ENTRY, options).on("message", take));
    ended = Promise.all(others.map((thread) => once(thread, "exit")));
    // Whatever happens meanwhile is told when it is awaited.
    ended.catch(() => {});
  };
  try {
    if (atOnce) start();
    for (const chunk of chunksOf(tasks)) {
      chunks.push(chunk);
      work += chunk.tasks.reduce((sum, { input, from }) => sum + FIT + input.counts.length - from, 0);
      if (others.length > 0) tell(others, chunk);
      else if (work >= WORTH_THREADS) {
        start();
        for (const known of chunks) tell(others, known);
      }
    }
    tell(others, undefined);
    // This thread has nothing else to do; from the end, where the others are last.
    const judge = judgeWith(options);
    for (const chunk of chunks.reverse()) judge(chunk, take);
    await ended;
  } catch (error) {
    await Promise.all(others.map((thread) => thread.terminate()));
    throw error;
  }
  return out;
}

/** Judges series one after another. */
export function judgeAll(tasks: readonly Task[], options: TocsinOptions): Judgement[] {
  const designs: Designs = new Map();
  return tasks.map((task) => judgeOne(task, options, designs));
}

/** Judges chunks that nobody else has taken. */
export function judgeWith(options: TocsinOptions): (chunk: Chunk, done: (done: Done) => void) => void {
  const designs: Designs = new Map();
  return ({ first, tasks, taken }, done) => {
    if (Atomics.exchange(taken, 0, 1) === 1) return;
    done({ first, judged: tasks.map((task) => judgeOne(task, options, designs)) });
  };
}

function judgeOne({ input, from, freq }: Task, options: TocsinOptions, designs: Designs): Judgement {
  return tocsin(input, from, freq === undefined ? options : { ...options, freq }, designs);
}

function tell(threads: readonly Worker[], chunk: Chunk | undefined): void {
  for (const thread of threads) thread.postMessage(chunk);
}

function* chunksOf(tasks: Iterable<Task>): Generator<Chunk> {
  let first = 0;
  let some: Task[] = [];
  const allot = sharedRooms();
  for (const task of tasks) {
    some.push(task);
    if (some.length < CHUNK) continue;
    yield share(first, some, allot);
    first += some.length;
    some = [];
  }
  if (some.length > 0) yield share(first, some, allot);
}

/** The tasks with their columns in shared memory, so that no thread copies them. */
function share(first: number, tasks: readonly Task[], allot: (length: number) => Float64Array): Chunk {
  const put = (column: Float64Array): Float64Array => shared(column, allot);
  const all = tasks.map(({ input: { counts, exposure, completeness, drivers }, ...rest }) => ({
    ...rest,
    input: {
      counts: put(counts),
      exposure: exposure && put(exposure),
      completeness: completeness && put(completeness),
      drivers: (drivers ?? []).map(put),
    },
  }));
  return { first, tasks: all, taken: new Int32Array(new SharedArrayBuffer(4)) };
}
