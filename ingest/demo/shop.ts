import type { Trait } from "../contracts/order.ts";
import type { RegionRegistry } from "../regions/registry.ts";
import { mix, type Random, random, weighted } from "./random.ts";

type Category = {
  readonly name: string;
  readonly share: number;
  /** Median price in CNY and the spread of its logarithm. */
  readonly price: readonly [number, number];
  readonly traits: readonly Trait[];
  /** Days from production to expiry, for what has a shelf life. */
  readonly shelfDays?: number;
  readonly cities: readonly string[];
};

const HANGZHOU = "330100";
const YIWU = "330700";
const GUANGZHOU = "440100";
const SHENZHEN = "440300";
const SUZHOU = "320500";
const QUANZHOU = "350500";

const CATEGORIES: readonly Category[] = [
  { name: "服饰", share: 24, price: [139, 0.6], traits: [], cities: [HANGZHOU, GUANGZHOU, YIWU, "130600", SUZHOU] },
  { name: "鞋靴", share: 8, price: [199, 0.5], traits: [], cities: [QUANZHOU, "330300", "510100"] },
  { name: "日用百货", share: 16, price: [39, 0.6], traits: [], cities: [YIWU, "371300", "330200", "441900"] },
  { name: "美妆", share: 9, price: [159, 0.6], traits: [], shelfDays: 1095, cities: [GUANGZHOU, "310000", HANGZHOU] },
  { name: "零食", share: 9, price: [49, 0.5], traits: [], shelfDays: 240, cities: ["430100", "340200", "410100"] },
  { name: "手机数码", share: 6, price: [1899, 0.8], traits: ["high_value"], cities: [SHENZHEN, "441900", "110000"] },
  { name: "家电", share: 6, price: [499, 0.9], traits: ["fragile"], cities: ["440600", HANGZHOU, "370200", "340100"] },
  { name: "玻璃陶瓷", share: 3, price: [89, 0.6], traits: ["fragile"], cities: ["360200", "370300"] },
  { name: "酒水", share: 3, price: [299, 0.7], traits: ["fragile"], cities: ["511500", "520300"] },
  {
    name: "水果",
    share: 6,
    price: [59, 0.4],
    traits: ["perishable"],
    shelfDays: 10,
    cities: ["360700", "610400", "510100"],
  },
  { name: "母婴", share: 4, price: [169, 0.6], traits: [], shelfDays: 540, cities: ["330200", SUZHOU, "310000"] },
  { name: "图书", share: 3, price: [45, 0.5], traits: [], cities: ["110000", "120000"] },
  {
    name: "生日蛋糕",
    share: 1.2,
    price: [228, 0.3],
    traits: ["time_critical", "perishable"],
    shelfDays: 3,
    cities: [],
  },
  { name: "海外美妆", share: 2.2, price: [359, 0.6], traits: ["cross_border"], shelfDays: 1095, cities: ["810000"] },
];

/** `origin` is undefined for what is made in the customer's own city. */
export type Merchant = { readonly id: string; readonly category: Category; readonly origin: string | undefined };
export type Customer = { readonly id: string; readonly city: string; readonly nickname: string };

/** Merchants of a category: one to two in each of its cities, the first of a city the larger. */
const SHOPS_PER_CITY = 2;
/** Customers for each order of a calm day: few enough that some come again within weeks. */
const CUSTOMERS_PER_ORDER = 22;
const NICKNAMES = ["小鹿", "阿杰", "橙子", "晨曦", "大鱼", "月牙", "老周", "糖糖", "北风", "一叶", "可乐", "木木"];

export type Shop = {
  readonly merchants: readonly Merchant[];
  readonly customer: (r: Random) => Customer;
  readonly merchant: (r: Random) => Merchant;
};

/** Who sells and who buys: customers live where people live, a fifth of them order again and again. */
export function shop(seed: number, ordersPerDay: number, regions: RegionRegistry): Shop {
  const merchants = CATEGORIES.flatMap((category) => {
    const cities = category.cities.length === 0 ? [undefined] : category.cities;
    return cities.flatMap((origin) => Array.from({ length: SHOPS_PER_CITY }, () => ({ category, origin })));
  }).map((merchant, index) => ({ ...merchant, id: `M${String(index + 1).padStart(3, "0")}` }));
  const shops = new Map<Category, number>();
  for (const { category } of merchants) shops.set(category, (shops.get(category) ?? 0) + 1);
  const merchant = weighted(
    merchants,
    (m, i) => (m.category.share * (i % 2 === 0 ? 1.4 : 0.6)) / (shops.get(m.category) ?? 1),
  );

  // The far islands have no parcel service to speak of, and Hong Kong, Macau and Taiwan are another business.
  const cities = regions.atLevel(2).filter((city) => city.population >= 300_000 && Number(city.code) < 700_000);
  const city = weighted(cities, ({ population }) => population);
  const r = random(mix(seed, 11));
  const customers = Array.from({ length: Math.ceil(ordersPerDay * CUSTOMERS_PER_ORDER) }, (_, index) => ({
    id: `C${String(index + 1).padStart(6, "0")}`,
    city: city(r).code,
    nickname: `${NICKNAMES[index % NICKNAMES.length]}${100 + (mix(seed, index) % 900)}`,
  }));
  return {
    merchants,
    merchant,
    customer: (draw) => customers[Math.floor(customers.length * draw() ** 1.6)] as Customer,
  };
}
