import fc from "fast-check";
import { expect, test } from "vitest";
import { distanceKm } from "../../ingest/regions/distance.ts";
import { loadRegions, regionPack } from "../../ingest/regions/load.ts";

const HEAD = "code,name,parent,lat,lon,population\n";
const cn = regionPack("cn");

test("a city rolls up to its province and country, a province to itself", () => {
  expect(cn.rollUp("420100", 1)?.code).toBe("420000");
  expect(cn.rollUp("420100", 0)?.code).toBe("CN");
  expect(cn.rollUp("420000", 1)?.code).toBe("420000");
  expect(cn.rollUp("110000", 2)?.code).toBe("110000");
  expect(cn.parent("420100")?.name).toBe("湖北省");
});

test("an unknown code is no error", () => {
  expect(cn.get("999999")).toBeUndefined();
  expect(cn.name("999999")).toBe("999999");
  expect(cn.parent("999999")).toBeUndefined();
  expect(cn.children("999999")).toEqual([]);
  expect(cn.neighbours("999999")).toEqual([]);
  expect(cn.rollUp("999999", 1)).toBeUndefined();
  expect(cn.distanceKm("999999", "420100")).toBeUndefined();
});

test("neighbours of a city are cities, Beijing and Shanghai among them", () => {
  const near = cn.neighbours("320500").map((r) => r.code);
  expect(near).toContain("310000");
  expect(near).toContain("320200");
  expect(near).not.toContain("320000");
});

test("neighbours are symmetric, without self, nearest first, at least as many as asked", () => {
  const cities = cn.atLevel(2);
  fc.assert(
    fc.property(fc.nat(cities.length - 1), fc.integer({ min: 1, max: 8 }), fc.boolean(), (index, n, byKm) => {
      const code = cities[index]?.code ?? "";
      const options = byKm ? { withinKm: n * 60 } : { nearest: n };
      const near = cn.neighbours(code, options);
      const km = near.map((r) => cn.distanceKm(code, r.code) ?? Number.NaN);
      expect(km).toEqual([...km].sort((a, b) => a - b));
      expect(near.map((r) => r.code)).not.toContain(code);
      if (!byKm) expect(near.length).toBeGreaterThanOrEqual(n);
      for (const other of near) expect(cn.neighbours(other.code, options).map((r) => r.code)).toContain(code);
    }),
    { numRuns: 40 },
  );
});

test("distance: zero to itself, symmetric, triangle, a quarter of the meridian", () => {
  const place = fc.record({
    lat: fc.double({ min: -90, max: 90, noNaN: true }),
    lon: fc.double({ min: -180, max: 180, noNaN: true }),
  });
  fc.assert(
    fc.property(place, place, place, (a, b, c) => {
      expect(distanceKm(a, a)).toBe(0);
      expect(distanceKm(a, b)).toBeCloseTo(distanceKm(b, a), 6);
      expect(distanceKm(a, c)).toBeLessThanOrEqual(distanceKm(a, b) + distanceKm(b, c) + 1e-6);
    }),
  );
  expect(distanceKm({ lat: 0, lon: 20 }, { lat: 90, lon: 0 })).toBeCloseTo(10_007.557, 2);
});

test.each([
  ["a,A,,1,1,5\na,B,,2,2,5\n", /every code once, got a twice/],
  ["a,A,zz,1,1,5\n", /parent of a among the codes, got zz/],
  ["a,A,b,1,1,5\nb,B,a,1,1,5\n", /expected a tree, got a below itself/],
  ["a,A,,91,1,5\n", /line 2: lat/],
  ["a,A,,1,,5\n", /line 2: lon: expected a number, got nothing/],
  ["a,A,,1,1,-5\n", /line 2: population/],
  ["a,A,,1,1,many\n", /line 2: population/],
  [",A,,1,1,5\n", /line 2: code/],
  ["a,A,,1,1\n", /regions: /],
  ['a,"A,,1,1,5\n', /regions: /],
])("a bad file is refused with its place: %j", (body, message) => {
  expect(() => loadRegions(HEAD + body)).toThrow(message);
  expect(() => loadRegions(HEAD + body)).toThrow(RangeError);
});

test("borders must be between known regions", () => {
  const regions = `${HEAD}a,A,,1,1,5\nb,B,,1,2,5\nc,C,,1,3,5\n`;
  expect(() => loadRegions(regions, "code,neighbour\na,zz\n")).toThrow(/line 2: expected two codes .* got zz/);
  expect(() => loadRegions(regions, "code,other\na,b\n")).toThrow(/borders, line 2/);
  const given = loadRegions(regions, "code,neighbour\nc,a\n");
  expect(given.neighbours("a").map((r) => r.code)).toEqual(["c"]);
  expect(given.neighbours("a", { nearest: 1 }).map((r) => r.code)).toEqual(["b"]);
});
