import { CoarseTimers, startOf } from "../../shell/coarse-timers.ts";
import type { Order } from "../order.ts";
import type { Orders } from "../orders.ts";
import { Bytes } from "./bytes.ts";
import { type Legend, MOST_BYTES, OrderCodec } from "./codec.ts";
import { HashIndex } from "./hash-index.ts";
import { LAYOUT } from "./layout.ts";
import { Slabs } from "./slabs.ts";

interface Head {
  readonly legend: Legend;
  readonly long: readonly Order[];
}

/**
 * Orders as packed records, found through a hash index: some sixty bytes each with index and timer.
 * @param dueOf  when the order's timer is due: asked again when the time it was armed for has come
 * @param seed   of the hash, 32 bits: what nobody outside knows, nobody can aim at
 */
export function createPackedOrders(dueOf: (order: Order) => number, seed = 0): Orders {
  let codec = new OrderCodec();
  /** What is being loaded is read by, where it was written in another layout. */
  let reader: OrderCodec | undefined;
  let started = false;
  const slabs = new Slabs();
  /** Orders too long for a record: few, and kept as they are. */
  const long = new Map<string, Order>();

  const endOfId = (bytes: Uint8Array, at: number) => codec.idEnd(bytes, at);
  const hashAt = (place: number): number => {
    const bytes = slabs.bytes(place);
    const at = slabs.offset(place);
    return hashOf(bytes, at, endOfId(bytes, at), seed);
  };
  const armedAt = (place: number): number => codec.armedOf(slabs.bytes(place), slabs.offset(place));
  const decode = (place: number): Order => codec.decode(slabs.bytes(place), slabs.offset(place));
  const index = new HashIndex(hashAt);

  const id = new Bytes(new Uint8Array(MOST_BYTES));
  const isId = (place: number): boolean => {
    const bytes = slabs.bytes(place);
    const at = slabs.offset(place);
    for (let i = 0; i < id.at; i++) if (bytes[at + i] !== id.buf[i]) return false;
    return true;
  };
  /** What was looked for last; the index then holds its entry for `moveFound` and `removeFound`. */
  let foundId: string | undefined;
  let foundPlace = -1;
  let foundHash = 0;
  /** The tick that the order `get` gave last is armed for; 0 for none, and for an order that was not decoded. */
  let gotArmed = 0;
  function find(orderId: string): number {
    if (foundId === orderId) return foundPlace;
    id.at = 0;
    codec.ids.write(id, orderId);
    foundHash = hashOf(id.buf, 0, id.at, seed);
    foundPlace = id.at > MOST_BYTES ? -1 : index.find(foundHash, isId);
    foundId = orderId;
    return foundPlace;
  }

  let surfaced: Order | undefined;
  const timers = new CoarseTimers({
    find(hash, armed) {
      foundId = undefined;
      foundPlace = index.find(hash, (place) => armedAt(place) === armed && hashAt(place) === hash);
      if (foundPlace < 0) return undefined;
      surfaced = decode(foundPlace);
      return { key: surfaced.orderId, due: dueOf(surfaced) };
    },
    rearm(armed) {
      if (!surfaced) throw new Error("expected a subject to be found before it is armed again");
      replaceFound(codec.encode(surfaced, armed));
    },
  });

  function replaceFound(length: number): void {
    const place = slabs.replace(foundPlace, codec.record.buf, length);
    if (place !== foundPlace) index.moveFound(place);
    foundPlace = place;
  }

  function removeFound(): void {
    index.removeFound();
    slabs.remove(foundPlace);
    foundId = undefined;
  }

  const table: Orders = {
    get(orderId) {
      gotArmed = 0;
      const kept = long.size > 0 ? long.get(orderId) : undefined;
      if (kept) return kept;
      const place = find(orderId);
      if (place < 0) return undefined;
      const order = decode(place);
      gotArmed = codec.armed;
      return order;
    },
    // A deadline that moved later has left its entry where it was: the tick is a bound, never later than the truth.
    quietUntil: () => (gotArmed === 0 ? Number.NEGATIVE_INFINITY : startOf(gotArmed)),
    put(order, due) {
      const { orderId } = order;
      const place = find(orderId);
      const armed = timers.set(orderId, foundHash, due, place < 0 ? 0 : armedAt(place));
      const length = codec.encode(order, armed);
      if (length > MOST_BYTES) {
        if (place >= 0) removeFound();
        long.set(orderId, order);
        timers.setNear(orderId, due);
        return;
      }
      if (long.size > 0) long.delete(orderId);
      if (place >= 0) {
        replaceFound(length);
        return;
      }
      foundId = undefined;
      index.add(foundHash, slabs.add(codec.record.buf, length));
    },
    delete(orderId) {
      const place = find(orderId);
      if (long.delete(orderId) || (place >= 0 && armedAt(place) === 0)) {
        timers.setNear(orderId, Number.POSITIVE_INFINITY);
      }
      if (place >= 0) removeFound();
    },
    nextDue: (before) => timers.nextDue(before),
    take: () => timers.take(),
    save() {
      const head: Head = { legend: codec.legend(), long: [...long.values()] };
      return blocks(Buffer.from(JSON.stringify(head)), slabs.save());
    },
    load(block, due) {
      if (!started) {
        started = true;
        const head = JSON.parse(Buffer.from(block).toString("utf8")) as Head;
        const read = new OrderCodec(head.legend);
        if (JSON.stringify(head.legend.layout) === JSON.stringify(LAYOUT)) codec = read;
        else reader = read;
        for (const order of head.long) table.put(order, due(order));
      } else if (reader) {
        const old = new Slabs();
        for (const place of old.load(block)) {
          const order = reader.decode(old.bytes(place), old.offset(place));
          table.put(order, due(order));
        }
      } else for (const place of slabs.load(block)) adopt(place, due);
    },
  };

  /** Enters a record that is in its place already. */
  function adopt(place: number, due: (order: Order) => number): void {
    const order = decode(place);
    const hash = hashAt(place);
    const armed = armedAt(place);
    index.add(hash, place);
    const kept = timers.restore(order.orderId, hash, due(order), armed);
    if (kept === armed) return;
    foundId = undefined;
    find(order.orderId);
    replaceFound(codec.encode(order, kept));
  }

  return table;
}

function* blocks(head: Uint8Array, pages: Iterable<Uint8Array>): Iterable<Uint8Array> {
  yield head;
  yield* pages;
}

/** Murmur3's mixing of bytes, 32 bits. */
function hashOf(bytes: Uint8Array, from: number, until: number, seed: number): number {
  let hash = seed;
  let at = from;
  for (; at + 4 <= until; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    hash = mix(hash, word);
  }
  let rest = until - from;
  for (; at < until; at++) rest = (rest << 8) | (bytes[at] as number);
  hash = mix(hash, rest);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mix(hash: number, word: number): number {
  let key = Math.imul(word, 0xcc9e2d51);
  key = Math.imul((key << 15) | (key >>> 17), 0x1b873593);
  const mixed = hash ^ key;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}
