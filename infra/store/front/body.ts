import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { badRequest, CODE, Fault, notImplemented, tooLarge } from "./fault.ts";

/** Bytes of request bodies in memory: of all together, and of one. */
export interface Budget {
  held: number;
  readonly limit: number;
}
export interface Lease {
  bytes: number;
}

const UNPACK = { gzip: promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress) };

/**
 * The body, unpacked. The lease counts what it takes from the budget, for the caller to give back.
 * @throws Fault 413 when it is larger than `limit`, packed or unpacked; 503 when all bodies together are too large
 */
export async function readBody(request: IncomingMessage, limit: number, budget: Budget, lease: Lease): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) {
    take(budget, lease, chunk.length);
    if (lease.bytes > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  const packed = Buffer.concat(chunks);
  const encoding = (request.headers["content-encoding"] ?? "").trim().toLowerCase();
  if (encoding === "" || encoding === "identity") return packed;
  if (!(encoding in UNPACK)) throw notImplemented(`Content-Encoding ${encoding} (expected gzip, deflate or br)`);
  const unpacked = await unpack(encoding as keyof typeof UNPACK, packed, limit);
  take(budget, lease, unpacked.length - packed.length);
  return unpacked;
}

async function unpack(encoding: keyof typeof UNPACK, packed: Buffer, limit: number): Promise<Buffer> {
  try {
    return await UNPACK[encoding](packed, { maxOutputLength: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(limit);
    throw badRequest(`Body is not valid ${encoding}: ${(error as Error).message}`);
  }
}

function take(budget: Budget, lease: Lease, bytes: number): void {
  if (budget.held + bytes > budget.limit) {
    throw new Fault(CODE.memory, "MEMORY_LIMIT_EXCEEDED", `Request bodies hold more than ${budget.limit} bytes`, 503);
  }
  budget.held += bytes;
  lease.bytes += bytes;
}
