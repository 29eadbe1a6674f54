import { InputError } from "../input.ts";
import type { OrderFacts } from "./events.ts";
import { type Paths, readTable } from "./tables.ts";

type OnRead = (bytes: number) => void;

/** What the items of one order add up to; the merchant is the seller of the first. */
interface Basket {
  readonly first: number;
  readonly sellerId: string;
  readonly productId: string;
  readonly cents: number;
}

/** ISO 3166-2, as in the region pack. */
const regionOf = (state: string): string => `BR-${state}`;

/**
 * Reads what the tables around the orders say.
 * @returns a look-up by the order's and the customer's id in the files; undefined for a customer that is not there
 * @throws InputError for a file that cannot be read as its table
 */
export async function readFacts(
  paths: Paths,
  onRead: OnRead,
): Promise<(orderId: string, customerId: string) => OrderFacts | undefined> {
  const customers = new Map<string, { customerId: string; state: string }>();
  for await (const { row } of readTable("customers", paths.customers, onRead)) {
    customers.set(row.customer_id, { customerId: row.customer_unique_id, state: regionOf(row.customer_state) });
  }
  const sellers = new Map<string, string>();
  for await (const { row } of readTable("sellers", paths.sellers, onRead)) {
    sellers.set(row.seller_id, regionOf(row.seller_state));
  }
  const categories = await readCategories(paths, onRead);
  const baskets = await readBaskets(paths.order_items, onRead);

  return (orderId, customerId) => {
    const customer = customers.get(customerId);
    const basket = baskets.get(orderId);
    if (customer === undefined || basket === undefined) return customer;
    const origin = sellers.get(basket.sellerId);
    const category = categories.get(basket.productId);
    return {
      ...customer,
      merchantId: basket.sellerId,
      value: basket.cents / 100,
      ...(origin === undefined ? {} : { origin }),
      ...(category === undefined ? {} : { category }),
    };
  };
}

/** Category by product: in English where there is a translation. */
async function readCategories(paths: Paths, onRead: OnRead): Promise<Map<string, string>> {
  const english = new Map<string, string>();
  if (paths.translation !== undefined) {
    for await (const { row } of readTable("translation", paths.translation, onRead)) {
      english.set(row.product_category_name, row.product_category_name_english);
    }
  }
  const categories = new Map<string, string>();
  for await (const { row } of readTable("products", paths.products, onRead)) {
    const name = row.product_category_name;
    if (name !== "") categories.set(row.product_id, english.get(name) ?? name);
  }
  return categories;
}

async function readBaskets(path: string, onRead: OnRead): Promise<Map<string, Basket>> {
  const baskets = new Map<string, Basket>();
  for await (const { row, where } of readTable("order_items", path, onRead)) {
    const { order_id: orderId, order_item_id: item, seller_id: sellerId, product_id: productId } = row;
    const [position, cents] = [Number(item), Math.round((Number(row.price) + Number(row.freight_value)) * 100)];
    if (!Number.isInteger(position) || !(cents >= 0)) {
      const got = [item, row.price, row.freight_value].join(", ");
      throw new InputError(`${where}: expected an item number, a price and a freight, got ${got}`);
    }
    const before = baskets.get(orderId);
    const sum = (before?.cents ?? 0) + cents;
    const leads = before === undefined || position < before.first;
    baskets.set(orderId, leads ? { first: position, sellerId, productId, cents: sum } : { ...before, cents: sum });
  }
  return baskets;
}
