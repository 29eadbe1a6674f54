import type { RegionRegistry } from "../regions/registry.ts";

/** A yard between cities where parcels change vans. */
export type Hub = { readonly name: string; readonly city: string };

const HUBS: readonly Hub[] = [
  ["北京中转中心", "110000"],
  ["沈阳中转中心", "210100"],
  ["上海中转中心", "310000"],
  ["南京中转中心", "320100"],
  ["杭州中转中心", "330100"],
  ["泉州中转中心", "350500"],
  ["济南中转中心", "370100"],
  ["郑州中转中心", "410100"],
  ["武汉中转中心", "420100"],
  ["长沙中转中心", "430100"],
  ["广州中转中心", "440100"],
  ["成都中转中心", "510100"],
  ["昆明中转中心", "530100"],
  ["西安中转中心", "610100"],
].map(([name = "", city = ""]) => ({ name, city }));
/** The yards in the middle of the country that long lanes may change at. */
const MIDDLE = HUBS.filter((hub) => ["410100", "420100", "610100"].includes(hub.city));

/** The way from a city to a city. `legs[i]` is the road before `hubs[i]`, the last one the road to the destination. */
export type Lane = {
  readonly from: Hub;
  readonly hubs: readonly Hub[];
  readonly to: Hub;
  /** Road km, one more than there are hubs. */
  readonly legs: readonly number[];
  readonly km: number;
};

/** Road against great circle. */
const DETOUR = 1.25;
/** Up to this many km, a parcel goes straight to the destination's station. */
const LOCAL_KM = 130;
/** From this many km between yards on, vans change in the middle of the country if that is not far off the way. */
const LONG_KM = 800;
const OFF_THE_WAY = 1.12;

export const hubs = (): readonly Hub[] => HUBS;

/** Lanes over the region registry, each worked out once. */
export function network(regions: RegionRegistry): (origin: string, destination: string) => Lane {
  const km = (a: string, b: string) => DETOUR * (regions.distanceKm(a, b) ?? 0);
  const yards = new Map<string, Hub>();
  const nearest = (city: string): Hub => {
    const known = yards.get(city);
    if (known !== undefined) return known;
    const away = HUBS.map((hub) => km(city, hub.city));
    const hub = HUBS[away.indexOf(Math.min(...away))] as Hub;
    yards.set(city, hub);
    return hub;
  };
  const station = (city: string): Hub => ({ name: `${shortName(regions.name(city))}营业部`, city });
  const lanes = new Map<string, Lane>();

  const between = (origin: string, destination: string): readonly Hub[] => {
    if (km(origin, destination) <= LOCAL_KM) return [];
    const [first, last] = [nearest(origin), nearest(destination)];
    if (first === last) return [first];
    const direct = km(first.city, last.city);
    const middle = MIDDLE.filter((hub) => hub !== first && hub !== last)
      .map((hub) => ({ hub, way: km(first.city, hub.city) + km(hub.city, last.city) }))
      .sort((a, b) => a.way - b.way)[0];
    const change = direct > LONG_KM && middle !== undefined && middle.way < direct * OFF_THE_WAY;
    return change ? [first, middle.hub, last] : [first, last];
  };

  return (origin, destination) => {
    const key = origin + destination;
    const known = lanes.get(key);
    if (known !== undefined) return known;
    const way = between(origin, destination);
    const stops = [origin, ...way.map((hub) => hub.city), destination];
    const legs = stops.slice(1).map((stop, i) => km(stops[i] ?? stop, stop));
    const total = legs.reduce((sum, leg) => sum + leg, 0);
    const lane = { from: station(origin), hubs: way, to: station(destination), legs, km: total };
    lanes.set(key, lane);
    return lane;
  };
}

const PEOPLES =
  /((朝鲜|黎|土家|苗|藏|羌|彝|回|傣|白|哈尼|壮|布依|侗|景颇|傈僳)族|蒙古族?|哈萨克|柯尔克孜)*(自治州|自治县|地区|林区|市|县|盟)$/;
/** 武汉 for 武汉市, 恩施 for 恩施土家族苗族自治州. */
export const shortName = (name: string): string => name.replace(PEOPLES, "") || name;
