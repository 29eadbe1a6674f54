/** What is to happen, earliest first; things at the same time in the order they were planned. */
export type Agenda = {
  /**
   * Plans a step, not before the present: a step that is already due runs next.
   * Times are cut to whole seconds, as the events tell them.
   */
  readonly at: (time: number, step: Step) => void;
  /** Runs the next step and gives its time; undefined when nothing is planned any more. */
  readonly next: () => number | undefined;
  /** The time of the next step. */
  readonly due: () => number | undefined;
};
type Step = (now: number) => void;

type Planned = { readonly time: number; readonly order: number; readonly step: Step };

/** A binary heap of steps. */
export function agenda(): Agenda {
  const heap: Planned[] = [];
  let [planned, present] = [0, Number.NEGATIVE_INFINITY];
  const before = (a: Planned, b: Planned) => a.time < b.time || (a.time === b.time && a.order < b.order);

  const push = (item: Planned) => {
    let at = heap.length;
    heap.push(item);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Planned;
      if (!before(item, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = item;
  };

  const pop = (): Planned | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && before(heap[below + 1] as Planned, heap[below] as Planned)) below++;
      const child = heap[below] as Planned;
      if (!before(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
    return first;
  };

  return {
    at: (time, step) => push({ time: Math.max(present, Math.floor(time / 1000) * 1000), order: planned++, step }),
    next: () => {
      const item = pop();
      if (item === undefined) return undefined;
      present = item.time;
      item.step(present);
      return present;
    },
    due: () => heap[0]?.time,
  };
}
