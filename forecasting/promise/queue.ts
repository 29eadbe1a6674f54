/** Something to be done about an order at a moment. Equal moments go by the order's name. */
export interface Due {
  readonly at: number;
  readonly orderId: string;
  readonly promised: number;
}

const before = (a: Due, b: Due): boolean =>
  a.at < b.at || (a.at === b.at && (a.orderId < b.orderId || (a.orderId === b.orderId && a.promised < b.promised)));

/** A binary heap: the earliest first. */
export class Queue {
  readonly #heap: Due[] = [];

  get next(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  push(due: Due): void {
    const heap = this.#heap;
    let i = heap.push(due) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(due, heap[parent] as Due)) break;
      heap[i] = heap[parent] as Due;
      i = parent;
    }
    heap[i] = due;
  }

  pop(): Due | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Due, heap[child] as Due)) child++;
      if (!before(heap[child] as Due, last)) break;
      heap[i] = heap[child] as Due;
      i = child;
    }
    heap[i] = last;
    return first;
  }
}
