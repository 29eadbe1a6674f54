import { expect, test } from "vitest";
import { regionPack } from "../../ingest/regions/load.ts";

const cn = regionPack("cn");
const br = regionPack("br");

test("China has 34 provinces and their cities, by code", () => {
  const provinces = cn.children("CN");
  expect(provinces).toHaveLength(34);
  expect(cn.regions.filter((r) => /^\d{4}00$/.test(r.code) && !r.code.endsWith("0000"))).toHaveLength(333);
  for (const city of cn.regions.filter((r) => /^\d{6}$/.test(r.code) && !r.code.endsWith("0000"))) {
    expect(city.parent).toBe(`${city.code.slice(0, 2)}0000`);
  }
  expect(cn.name("420100")).toBe("武汉市");
  expect(cn.get("350100")?.nameEn).toBe("Fuzhou");
});

test("every place of China lies in China, near its province", () => {
  for (const region of cn.regions) {
    expect(region.lat, region.code).toBeGreaterThan(15);
    expect(region.lat, region.code).toBeLessThan(54);
    expect(region.lon, region.code).toBeGreaterThan(73);
    expect(region.lon, region.code).toBeLessThan(136);
    expect(region.population, region.code).toBeGreaterThan(0);
  }
  // The far ones are far in truth: the leagues of Inner Mongolia, the west of Tibet, Qinghai and Xinjiang, Sansha.
  const wide = new Set(["150000", "540000", "620000", "630000", "650000", "230000", "460000"]);
  for (const city of cn.regions.filter((r) => r.parent !== undefined && r.parent !== "CN")) {
    const km = cn.distanceKm(city.code, city.parent ?? "") ?? Number.NaN;
    expect(km, `${city.code} ${city.name}`).toBeLessThan(wide.has(city.parent ?? "") ? 1300 : 520);
    const nearest = cn.neighbours(city.code, { nearest: 8 });
    if (city.code !== "460300") expect(nearest.some((other) => other.parent === city.parent)).toBe(true);
  }
});

test("no two places of China share a spot", () => {
  const spots = cn.atLevel(2).map((r) => `${r.lat} ${r.lon}`);
  expect(spots.filter((spot, i) => spots.indexOf(spot) !== i)).toEqual([]);
});

test("provinces are the sum of their cities", () => {
  for (const province of cn.children("CN")) {
    const cities = cn.children(province.code);
    if (cities.length === 0) continue;
    const sum = cities.reduce((total, city) => total + city.population, 0);
    expect(Math.abs(sum / province.population - 1), province.name).toBeLessThan(0.015);
  }
  expect(cn.get("CN")?.population).toBe(cn.children("CN").reduce((total, p) => total + p.population, 0));
});

test("known distances, in km", () => {
  const cases = [
    ["420100", "310000", 690],
    ["110000", "310000", 1068],
    ["440100", "440300", 105],
    ["510100", "500000", 270],
    ["650100", "230100", 3000],
    ["110000", "440100", 1890],
  ] as const;
  for (const [a, b, km] of cases) expect(Math.abs((cn.distanceKm(a, b) ?? 0) / km - 1), `${a} ${b}`).toBeLessThan(0.03);
  expect(br.distanceKm("BR-SP", "BR-RJ")).toBeCloseTo(361, -1);
});

test("Brazil has 27 states in Brazil, 211.8 million people", () => {
  const states = br.children("BR");
  expect(states).toHaveLength(27);
  for (const { code, lat, lon } of states) {
    expect(code).toMatch(/^BR-[A-Z]{2}$/);
    expect(lat > -34 && lat < 5.5 && lon > -74 && lon < -34, code).toBe(true);
  }
  expect(states.reduce((total, s) => total + s.population, 0)).toBe(211_755_692);
});

test("given borders: Hubei's six, Shanghai's two, São Paulo's four", () => {
  const codes = (list: readonly { code: string }[]) => list.map((r) => r.code).sort();
  expect(codes(cn.neighbours("420000"))).toEqual(["340000", "360000", "410000", "430000", "500000", "610000"]);
  expect(codes(cn.neighbours("310000", { level: 1 }))).toEqual(["320000", "330000"]);
  expect(codes(br.neighbours("BR-SP"))).toEqual(["BR-MG", "BR-MS", "BR-PR", "BR-RJ"]);
});

test("who touches lies near: the nearest state or province touches, unless water or size is between", () => {
  for (const registry of [cn, br]) {
    const root = registry.atLevel(0)[0]?.code ?? "";
    for (const region of registry.children(root)) {
      const border = new Set(registry.neighbours(region.code, { level: 1 }).map((r) => r.code));
      const near = registry.neighbours(region.code, { level: 1, nearest: 5 });
      expect(border.size, region.code).toBeGreaterThan(0);
      expect(
        near.some((r) => border.has(r.code)),
        region.code,
      ).toBe(true);
    }
  }
});
