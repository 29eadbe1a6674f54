import fc from "fast-check";
import { expect, test } from "vitest";
import { type Claim, share } from "../../infra/log/kafka/assigner.ts";
import { nameOf } from "../../infra/log/kafka/places.ts";
import type { TopicPartition } from "../../infra/log/port.ts";

const all = (count: number): TopicPartition[] =>
  Array.from({ length: count }, (_, i) => ({ topic: `t${i % 2}`, partition: i >> 1 }));
const sizes = (shares: ReadonlyMap<string, readonly TopicPartition[]>) => [...shares.values()].map((s) => s.length);
const claimsOf = (shares: ReadonlyMap<string, readonly TopicPartition[]>, since = 1): Claim[] =>
  [...shares].map(([member, partitions]) => ({ member, since, partitions }));
const nobody = (member: string): Claim => ({ member, since: 0, partitions: [] });

const world = fc
  .record({ count: fc.integer({ min: 0, max: 20 }), members: fc.integer({ min: 1, max: 7 }) })
  .chain(({ count, members }) =>
    fc.record({
      count: fc.constant(count),
      // Claims may overlap, repeat, and name what is no longer there.
      claims: fc.tuple(
        ...Array.from({ length: members }, (_, m) =>
          fc.record({
            member: fc.constant(`m${m}`),
            since: fc.integer({ min: 0, max: 3 }),
            partitions: fc.array(fc.constantFrom(...all(count + 2)), { maxLength: 12 }),
          }),
        ),
      ),
    }),
  );

test("whatever is claimed, every partition goes to exactly one member, and shares differ by one at most", () => {
  fc.assert(
    fc.property(world, ({ count, claims }) => {
      const shares = share(all(count), claims);
      expect(shares.size).toBe(claims.length);
      expect([...shares.values()].flat().map(nameOf).sort()).toEqual(all(count).map(nameOf).sort());
      expect(Math.max(...sizes(shares)) - Math.min(...sizes(shares))).toBeLessThanOrEqual(1);
    }),
  );
});

test("nothing moves when nobody comes or goes; who comes takes only his share, who goes leaves only his", () => {
  fc.assert(
    fc.property(world, ({ count, claims }) => {
      const before = share(all(count), claims);
      expect(share(all(count), claimsOf(before))).toEqual(before);

      const joined = share(all(count), [...claimsOf(before), nobody("new")]);
      const taken = new Set(joined.get("new")?.map(nameOf));
      for (const [member, had] of before) {
        const left = had.map(nameOf).filter((name) => !taken.has(name));
        expect(joined.get(member)?.map(nameOf).sort()).toEqual(left.sort());
      }

      const [gone, ...rest] = claimsOf(before);
      if (!gone || rest.length === 0) return;
      const after = share(all(count), rest);
      for (const { member, partitions } of rest)
        expect(after.get(member)).toEqual(expect.arrayContaining([...partitions]));
    }),
  );
});

test("the seat stays with who has it; of two that say they have it, with who was given it last", () => {
  const seat = all(1);
  const a = { member: "a", since: 5, partitions: seat };
  const b = { member: "b", since: 7, partitions: seat };
  expect(share(seat, [nobody("0"), a]).get("a")).toEqual(seat);
  expect(share(seat, [a, b]).get("b")).toEqual(seat);
});
