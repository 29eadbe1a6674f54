import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readEvent, streamOf } from "../../ingest/contracts/read.ts";
import { readLines } from "../../ingest/lines.ts";
import { importOlist } from "../../ingest/olist/import.ts";
import { LocalClock } from "../../ingest/olist/time.ts";
import { folder } from "./files.ts";
import { NOW } from "./samples.ts";

const DATA = process.env.TOCSIN_DATA ?? resolve("../shared/data");
const OLIST = join(DATA, "olist-2017");

// Made up, in the columns of the public files.
const FILES: Record<string, string> = {
  "olist_customers_dataset.csv": `"customer_id","customer_unique_id","customer_zip_code_prefix","customer_city","customer_state"
c1,u1,1,sao paulo,SP
c2,u1,1,sao paulo,SP
c3,u3,2,salvador,BA
`,
  "olist_order_items_dataset.csv": `order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value
o1,2,p2,s2,2017-10-20 00:00:00,20.10,1.00
o1,1,p1,s1,2017-10-20 00:00:00,10.20,0.30
o3,1,p3,s1,2017-10-20 00:00:00,5,5
`,
  "olist_sellers_dataset.csv":
    "seller_id,seller_zip_code_prefix,seller_city,seller_state\ns1,3,curitiba,PR\ns2,4,x,MG\n",
  "olist_products_dataset.csv": "product_id,product_category_name\np1,beleza_saude\np2,\np3,pc_gamer\n",
  "product_category_name_translation.csv":
    "\ufeffproduct_category_name,product_category_name_english\nbeleza_saude,health_beauty\n",
  "olist_orders_dataset.csv": `order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date
o1,c1,delivered,2017-10-10 10:00:00,2017-10-10 11:00:00,2017-10-11 12:00:00,2017-10-15 09:30:00,2017-10-14 00:00:00
o2,c2,unavailable,2017-10-10 10:00:00,2017-10-10 10:00:00,,,2017-11-01 00:00:00
o3,c3,canceled,2017-10-12 10:00:00,,,2017-12-01 08:00:00,2017-11-01 00:00:00
`,
  "olist_order_reviews_dataset.csv": `review_id,order_id,review_score,review_comment_title,review_comment_message,review_creation_date,review_answer_timestamp
r1,o1,1, Ruim ,"Chegou tarde, ""muito""
tarde",2017-10-16 00:00:00,2017-10-16 20:00:00
r1,o2,2,,,2017-10-16 00:00:00,2017-10-20 20:00:00
r3,o3,5,,"bom",2017-12-02 00:00:00,2017-12-03 20:00:00
`,
};

async function given(changes: Record<string, string | undefined> = {}, pack = false): Promise<string> {
  const dir = join(await folder(), "olist");
  await mkdir(dir);
  for (const [name, text] of Object.entries({ ...FILES, ...changes })) {
    if (text === undefined) continue;
    await writeFile(join(dir, pack ? `${name}.gz` : name), pack ? gzipSync(text) : text);
  }
  return dir;
}
async function imported(changes: Record<string, string | undefined> = {}) {
  const out = join(await folder(), "o.ndjson");
  const counts = await importOlist(await given(changes), out);
  const events = (await readFile(out, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  return { counts, events };
}

describe("a small marketplace", () => {
  test("orders, each thing at its own time, with the offset that held then", async () => {
    const { events, counts } = await imported();
    const of = (orderId: string) => events.filter((e) => e.orderId === orderId && !e.complaintId);
    expect(of("o1")).toEqual([
      {
        orderId: "o1",
        kind: "placed",
        occurredAt: "2017-10-10T10:00:00-03:00",
        region: "BR-SP",
        customerId: "u1",
        merchantId: "s1",
        category: "health_beauty",
        value: 31.6,
        currency: "BRL",
        origin: "BR-PR",
        destination: "BR-SP",
        // Summer time began that midnight: the day has no 00:00.
        promisedBy: "2017-10-15T01:00:00-02:00",
      },
      { orderId: "o1", kind: "paid", occurredAt: "2017-10-10T11:00:00-03:00" },
      { orderId: "o1", kind: "picked_up", occurredAt: "2017-10-11T12:00:00-03:00", region: "BR-PR" },
      { orderId: "o1", kind: "delivered", occurredAt: "2017-10-15T09:30:00-02:00", region: "BR-SP" },
    ]);
    expect(of("o2").map(({ kind, occurredAt }) => [kind, occurredAt])).toEqual([
      ["placed", "2017-10-10T10:00:00-03:00"],
      ["paid", "2017-10-10T10:00:00-03:00"],
      ["cancelled", "2017-11-02T00:00:01-02:00"],
    ]);
    expect(of("o2")[0]).not.toHaveProperty("merchantId");
    expect(of("o3")[0]).toMatchObject({ category: "pc_gamer", value: 10 });
    expect(of("o3").at(-1)).toMatchObject({ kind: "cancelled", occurredAt: "2017-12-01T08:00:01-02:00" });
    expect(counts).toMatchObject({ orders: 3, reviews: 3, events: events.length });
    expect(counts.kinds).toEqual({
      placed: 3,
      paid: 2,
      picked_up: 1,
      delivered: 2,
      cancelled: 2,
      opened: 2,
      called_back: 1,
    });
  });

  test("bad reviews are complaints, of the others only the satisfaction is told", async () => {
    const { events } = await imported();
    expect(events.filter((e) => e.complaintId)).toEqual([
      {
        complaintId: "r1-o1",
        kind: "opened",
        occurredAt: "2017-10-16T20:00:00-02:00",
        customerId: "u1",
        orderId: "o1",
        region: "BR-SP",
        merchantId: "s1",
        channel: "form",
        satisfaction: 1,
        text: 'Ruim\nChegou tarde, "muito"\ntarde',
        type: "logistics",
      },
      // Not delivered, and not promised yet either: what it is about cannot be told.
      {
        complaintId: "r1-o2",
        kind: "opened",
        occurredAt: "2017-10-20T20:00:00-02:00",
        customerId: "u1",
        orderId: "o2",
        region: "BR-SP",
        channel: "form",
        satisfaction: 2,
      },
      {
        complaintId: "r3-o3",
        kind: "called_back",
        occurredAt: "2017-12-03T20:00:00-02:00",
        customerId: "u3",
        orderId: "o3",
        region: "BR-BA",
        merchantId: "s1",
        channel: "form",
        satisfaction: 5,
      },
    ]);
  });

  test("gzipped or not, and in whatever order the rows are, the file is the same", async () => {
    const [one, two] = [join(await folder(), "a.ndjson.gz"), join(await folder(), "b.ndjson.gz")];
    const [header, ...rows] = (FILES["olist_orders_dataset.csv"] as string).trimEnd().split("\n");
    await importOlist(await given(), one);
    await importOlist(await given({ "olist_orders_dataset.csv": [header, ...rows.reverse()].join("\n") }, true), two);
    expect(gunzipSync(await readFile(two))).toEqual(gunzipSync(await readFile(one)));
  });

  test("without the translation the categories keep their names", async () => {
    const { events } = await imported({ "product_category_name_translation.csv": undefined });
    expect(events[0]).toMatchObject({ orderId: "o1", category: "beleza_saude" });
  });
});

describe("what is wrong is named, and no half file is left", () => {
  const orders = FILES["olist_orders_dataset.csv"] as string;
  test.each([
    [
      "files",
      { "olist_sellers_dataset.csv": undefined, "olist_orders_dataset.csv": undefined },
      /missing: olist_orders_dataset.csv, olist_sellers_dataset.csv/,
    ],
    [
      "a column",
      { "olist_orders_dataset.csv": orders.replace("order_approved_at", "approved") },
      /olist_orders_dataset.csv: .*missing: order_approved_at/,
    ],
    [
      "a time",
      { "olist_orders_dataset.csv": orders.replace("2017-10-11 12:00:00", "11/10/2017") },
      /olist_orders_dataset.csv, line 2: .*"11\/10\/2017"/,
    ],
    [
      "an hour",
      { "olist_orders_dataset.csv": orders.replace("2017-10-11 12:00:00", "2017-10-11 32:00:00") },
      /32:00:00/,
    ],
    ["a customer", { "olist_orders_dataset.csv": orders.replace(",c3,", ",c9,") }, /line 4: .*c9/],
    [
      "CSV",
      { "olist_products_dataset.csv": 'product_id,product_category_name\n"p1,x\n' },
      /olist_products_dataset.csv: expected CSV/,
    ],
    [
      "a score",
      {
        "olist_order_reviews_dataset.csv": (FILES["olist_order_reviews_dataset.csv"] as string).replace(
          "r3,o3,5",
          "r3,o3,6",
        ),
      },
      /review_score from 1 to 5, got "6"/,
    ],
  ])("%s", async (_, changes, message) => {
    const dir = await folder();
    const error = await importOlist(await given(changes), join(dir, "o.ndjson")).catch((e: Error) => e);
    expect(error).toMatchObject({ name: "InputError", message });
    expect(await readdir(dir)).toEqual([]);
  });

  test("what was there before stays when the import fails", async () => {
    const out = join(await folder(), "o.ndjson");
    await writeFile(out, "before");
    await expect(importOlist(await given({ "olist_sellers_dataset.csv": "a,b\n1,2\n" }), out)).rejects.toThrow(
      /seller_id/,
    );
    expect(await readFile(out, "utf8")).toBe("before");
  });
});

test.each([
  ["2017-01-15 12:00:00", "2017-01-15T12:00:00-02:00"],
  ["2017-07-15 12:00:00", "2017-07-15T12:00:00-03:00"],
  ["2017-10-15 00:30:00", "2017-10-15T01:30:00-02:00"],
  ["2017-02-18 23:30:00", "2017-02-18T23:30:00-03:00"],
  ["2017-02-18 22:30:00", "2017-02-18T22:30:00-02:00"],
])("local %s is %s", (text, iso) => {
  const moment = new LocalClock().read(text, "here");
  expect(moment).toEqual({ at: Date.parse(iso), iso });
});

test.skipIf(!existsSync(OLIST))(
  "the real files: every order comes out, every event keeps its contract, in order",
  async () => {
    const out = join(await folder(), "o.ndjson.gz");
    const counts = await importOlist(OLIST, out);
    expect(counts).toMatchObject({ orders: 22_838, reviews: 20_200 });
    expect(counts.kinds.placed).toBe(22_838);
    let [last, seen] = [0, 0];
    for await (const lines of readLines(out)) {
      for (const { bytes, number } of lines) {
        const object = JSON.parse(bytes.toString());
        const stream = streamOf(object);
        const event = stream.kind === "ok" ? readEvent(stream.value, object, NOW) : stream;
        if (event.kind !== "ok") throw new Error(`line ${number}: ${event.detail}`);
        if (!("occurredAt" in event.value)) throw new Error(`line ${number}: expected an order or a complaint`);
        if (event.value.occurredAt < last || Object.keys(event.value.extra).length > 0)
          throw new Error(`line ${number}`);
        last = event.value.occurredAt;
        seen++;
      }
    }
    expect(seen).toBe(counts.events);
  },
  120_000,
);
