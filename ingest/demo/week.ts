import { regionPack } from "../regions/load.ts";
import type { RegionRegistry } from "../regions/registry.ts";
import { agenda } from "./agenda.ts";
import { agents } from "./agents.ts";
import { announcements } from "./announcements.ts";
import { HOUR } from "./clock.ts";
import { ordersInHour } from "./demand.ts";
import { desk } from "./desk.ts";
import type { DemoEvent } from "./event.ts";
import { network } from "./network.ts";
import { placeOrder } from "./order.ts";
import { pains } from "./pain.ts";
import { live } from "./parcel.ts";
import { mix, poisson, random } from "./random.ts";
import { shop } from "./shop.ts";
import { type DemoOptions, type Story, story } from "./story.ts";
import type { World } from "./world.ts";
import { yards } from "./yard.ts";

/**
 * A promotion week of a Chinese shop after some calm weeks: orders, complaints and what is announced, in order of
 * time, each event once and without error. The same options give the same events.
 * @param regions  the Chinese registry; given so that a caller who has one need not load it twice
 * @throws RangeError for an option out of range
 */
export function* demoWeek(options: DemoOptions = {}, regions: RegionRegistry = regionPack("cn")): Generator<DemoEvent> {
  const told = story(options);
  const heard: DemoEvent[] = [];
  const plan = agenda();
  const emit = (event: DemoEvent) => void heard.push(event);
  const office = desk(plan, emit, agents(told.ordersPerDay), (order) => regions.name(order.destination));
  const world: World = {
    story: told,
    regions,
    agenda: plan,
    emit,
    yards: yards(told),
    pain: pains(told, plan, office),
  };

  for (const event of announcements(told, regions)) plan.at(event.at, () => emit(event));
  shopping(world);
  for (;;) {
    const now = plan.next();
    if (now === undefined || now >= told.end) return;
    yield* heard;
    heard.length = 0;
  }
}

/** Customers come, hour by hour. */
function shopping(world: World): void {
  const { agenda, regions, pain } = world;
  const { seed, start, end, ordersPerDay }: Story = world.story;
  const lanes = network(regions);
  const open = shop(seed, ordersPerDay, regions);
  const r = random(mix(seed, 31));
  let orders = 0;
  const hour = (from: number) => {
    const times = Array.from({ length: poisson(r, ordersInHour(world.story, from)) }, () => from + r() * HOUR);
    for (const time of times.sort((a, b) => a - b)) {
      const n = ++orders;
      agenda.at(time, (now) => {
        const order = placeOrder(world.story, open, lanes, n, now);
        live(world, order);
        pain.placed(order);
      });
    }
    if (from + HOUR < end) agenda.at(from + HOUR, hour);
  };
  agenda.at(start, hour);
}
