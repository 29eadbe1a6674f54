import { access } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { parse } from "csv-parse";
import { InputError, readBytes } from "../input.ts";

/** The published files and the columns that are read of each. */
const COLUMNS = {
  orders: [
    "order_id",
    "customer_id",
    "order_status",
    "order_purchase_timestamp",
    "order_approved_at",
    "order_delivered_carrier_date",
    "order_delivered_customer_date",
    "order_estimated_delivery_date",
  ],
  customers: ["customer_id", "customer_unique_id", "customer_state"],
  order_items: ["order_id", "order_item_id", "product_id", "seller_id", "price", "freight_value"],
  sellers: ["seller_id", "seller_state"],
  products: ["product_id", "product_category_name"],
  order_reviews: [
    "review_id",
    "order_id",
    "review_score",
    "review_comment_title",
    "review_comment_message",
    "review_answer_timestamp",
  ],
  translation: ["product_category_name", "product_category_name_english"],
} as const;

export type Table = keyof typeof COLUMNS;
type Row<T extends Table> = Readonly<Record<(typeof COLUMNS)[T][number], string>>;
/** A row, and where it stands for messages: file and line. */
export interface Located<T extends Table> {
  readonly row: Row<T>;
  readonly where: string;
}

/** Where the tables are; the categories have their Portuguese names when there is no translation. */
export type Paths = Readonly<Record<Exclude<Table, "translation">, string>> & { readonly translation?: string };

const nameOf = (table: Table): string =>
  table === "translation" ? "product_category_name_translation.csv" : `olist_${table}_dataset.csv`;

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * Finds the files of a folder, gzipped or not. The translation of the categories may be missing.
 * @throws InputError naming every file that is not there
 */
export async function findTables(dir: string): Promise<Paths> {
  const found: Partial<Record<Table, string>> = {};
  const missing: string[] = [];
  for (const table of Object.keys(COLUMNS) as Table[]) {
    const plain = join(dir, nameOf(table));
    const path = (await isThere(plain)) ? plain : (await isThere(`${plain}.gz`)) ? `${plain}.gz` : undefined;
    if (path !== undefined) found[table] = path;
    else if (table !== "translation") missing.push(nameOf(table));
  }
  if (missing.length > 0) {
    throw new InputError(`${dir}: expected the public Olist files, gzipped or not; missing: ${missing.join(", ")}`);
  }
  return found as Paths;
}

/**
 * The rows of one file, in its order.
 * @throws InputError when a column is missing or the file is not CSV
 */
export async function* readTable<T extends Table>(
  table: T,
  path: string,
  onRead?: (bytes: number) => void,
): AsyncGenerator<Located<T>> {
  const file = basename(path);
  const columns = (header: string[]): string[] => {
    const missing = COLUMNS[table].filter((column) => !header.includes(column));
    if (missing.length > 0)
      throw new InputError(
        `${file}: expected the columns ${COLUMNS[table].join(", ")}; missing: ${missing.join(", ")}`,
      );
    return header;
  };
  const parser = Readable.from(readBytes(path, onRead)).compose(parse({ columns, bom: true, info: true }));
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: Row<T>; info: { lines: number } }>) {
      yield { row: record, where: `${file}, line ${info.lines}` };
    }
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`${file}: expected CSV with quoted text, ${(cause as Error).message}`, { cause });
  }
}
