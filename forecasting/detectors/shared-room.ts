/** Numbers of a room, as many as a hundred daily series of three years. */
const ROOM = 1 << 17;

/** Columns threads may read without a copy, side by side in few shared buffers: many small ones cost more than what they hold. */
export function sharedRooms(): (length: number) => Float64Array {
  let room: Float64Array = new Float64Array(0);
  let used = 0;
  return (length) => {
    if (used + length > room.length) {
      room = new Float64Array(new SharedArrayBuffer(8 * Math.max(ROOM, length)));
      used = 0;
    }
    used += length;
    return room.subarray(used - length, used);
  };
}

/** The column itself where it is shared, or else a copy that is. */
export function shared(column: Float64Array, allot: (length: number) => Float64Array): Float64Array {
  if (column.buffer instanceof SharedArrayBuffer) return column;
  const copy = allot(column.length);
  copy.set(column);
  return copy;
}
