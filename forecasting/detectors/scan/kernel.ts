import { WebAssembly } from "./web-assembly.ts";

/**
 * The inner loop of the scan in WebAssembly with four lanes, assembled here: plain JavaScript is eight times slower.
 * One call adds a location's counts to those held, for every window and set, and says whether any sum now exceeds
 * expected + scale * height of its set.
 */
export type Kernel = {
  /** Counts held, (window, set). */
  readonly held: Float32Array;
  /** Height of each set, (set,). */
  readonly heights: Float32Array;
  /** Expected count and scale, (zone, window, 2). */
  readonly bounds: Float32Array;
  /** Counts to add, (location, window, set). */
  readonly sums: Float32Array;
  /** After `add`, not zero for the windows in which some set passed its bound, (window,). */
  readonly passed: Int32Array;
  /** @returns whether any window of any set passed the zone's bounds */
  readonly add: (location: number, zone: number) => boolean;
};

const PAGE = 65536;

/** @param sets  a multiple of four */
export function scanKernel(locations: number, windows: number, zones: number, sets: number): Kernel {
  const row = windows * sets * 4;
  const heightsAt = row;
  const passedAt = heightsAt + sets * 4;
  const sumsAt = Math.ceil((passedAt + windows * 4) / 16) * 16;
  const boundsAt = sumsAt + locations * row;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((boundsAt + zones * windows * 8) / PAGE) });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(assemble()), { env: { memory } });
  const step = instance.exports.step as (...at: number[]) => number;
  const floats = (at: number, length: number) => new Float32Array(memory.buffer, at, length);
  return {
    held: floats(0, windows * sets),
    heights: floats(heightsAt, sets),
    passed: new Int32Array(memory.buffer, passedAt, windows),
    sums: floats(sumsAt, locations * windows * sets),
    bounds: floats(boundsAt, zones * windows * 2),
    add: (location, zone) =>
      step(sumsAt + location * row, heightsAt, boundsAt + zone * windows * 8, windows, sets * 4, passedAt) !== 0,
  };
}

const I32 = 0x7f;
const V128 = 0x7b;
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const tee = (local: number) => [0x22, local];
const constant = (value: number) => [0x41, value];
const simd = (...code: number[]) => [0xfd, ...code];
const ALIGN4 = 2;
const LOAD = simd(0x00, 4, 0);
const STORE = simd(0x0b, 4, 0);
const advance = (local: number, bytes: number) => [...get(local), ...constant(bytes), 0x6a, ...set(local)];

// step(row, heights, bounds, windows, bytes, passed): then held, end of this window's row, height cursor, whether any passed;
// and as vectors expected, scale, sums, those that passed in this window
function assemble(): Uint8Array<ArrayBuffer> {
  const [row, heights, bounds, windows, bytes, passed] = [0, 1, 2, 3, 4, 5];
  const [held, end, cursor, any] = [6, 7, 8, 9];
  const [expected, scale, sums, here] = [10, 11, 12, 13];
  const lane = [
    ...get(held),
    ...[...get(held), ...LOAD, ...get(row), ...LOAD, ...simd(0xe4, 0x01), ...tee(sums)],
    ...STORE,
    ...[...get(sums), ...get(expected), ...get(scale), ...get(cursor), ...LOAD],
    ...[...simd(0xe6, 0x01), ...simd(0xe4, 0x01), ...simd(0x44)],
    ...[...get(here), ...simd(0x50), ...set(here)],
    ...[...advance(held, 16), ...advance(row, 16), ...advance(cursor, 16)],
    ...[...get(row), ...get(end), 0x49, 0x0d, 0],
  ];
  const window = [
    ...[...get(bounds), ...simd(0x09, ALIGN4, 0), ...set(expected)],
    ...[...get(bounds), ...simd(0x09, ALIGN4, 4), ...set(scale)],
    ...advance(bounds, 8),
    ...[...constant(0), ...simd(0x11), ...set(here)],
    ...[...get(row), ...get(bytes), 0x6a, ...set(end)],
    ...[...get(heights), ...set(cursor)],
    ...[0x03, 0x40, ...lane, 0x0b],
    ...[...get(passed), ...get(here), ...simd(0x53), ...tee(end), 0x36, ALIGN4, 0],
    ...[...get(any), ...get(end), 0x72, ...set(any)],
    ...advance(passed, 4),
    ...[...get(windows), ...constant(1), 0x6b, ...tee(windows), 0x0d, 0],
  ];
  const code = [0x03, 0x40, ...window, 0x0b, ...get(any), 0x0b];
  const locals = [2, 4, I32, 4, V128];
  const body = [...locals, ...code];
  const text = (s: string) => [s.length, ...new TextEncoder().encode(s)];
  const section = (id: number, content: number[]) => [id, ...leb(content.length), ...content];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 6, I32, I32, I32, I32, I32, I32, 1, I32]),
    ...section(2, [1, ...text("env"), ...text("memory"), 0x02, 0x00, 0x01]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text("step"), 0x00, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}
