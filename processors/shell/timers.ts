type Entry = { readonly key: string; readonly due: number };

/**
 * Deadlines by key, earliest first; equal deadlines in order of key, so the order never depends on how the
 * heap came to be. A key has one deadline: setting another replaces it (the old entry dies when it surfaces).
 */
export class Timers {
  readonly #due = new Map<string, number>();
  readonly #heap: Entry[] = [];

  set(key: string, due: number): void {
    if (this.#due.get(key) === due) return;
    if (due === Number.POSITIVE_INFINITY) {
      this.#due.delete(key);
      return;
    }
    this.#due.set(key, due);
    this.#push({ key, due });
  }

  nextDue(): number {
    this.#dropDead();
    return this.#heap[0]?.due ?? Number.POSITIVE_INFINITY;
  }

  /** Takes the key with the earliest deadline out. */
  take(): Entry | undefined {
    this.#dropDead();
    const first = this.#heap[0];
    if (!first) return undefined;
    this.#due.delete(first.key);
    this.#pop();
    return first;
  }

  #dropDead(): void {
    for (let first = this.#heap[0]; first && this.#due.get(first.key) !== first.due; first = this.#heap[0]) this.#pop();
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (!parent || !before(entry, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let smallest = heap[child];
      if (!smallest) break;
      const right = heap[child + 1];
      if (right && before(right, smallest)) {
        smallest = right;
        child += 1;
      }
      if (!before(smallest, last)) break;
      heap[at] = smallest;
      at = child;
    }
    heap[at] = last;
  }
}

const before = (a: Entry, b: Entry): boolean => a.due < b.due || (a.due === b.due && a.key < b.key);
