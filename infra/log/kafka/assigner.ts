import { AssignerProtocol, type PartitionAssigner } from "kafkajs";
import { z } from "zod";
import type { TopicPartition } from "../port.ts";
import { nameOf } from "./places.ts";

/** What a member says of itself when it joins: what it was given last, and when, in ms. */
export interface Claim {
  readonly member: string;
  readonly since: number;
  readonly partitions: readonly TopicPartition[];
}

const userData = z.object({
  since: z.number(),
  partitions: z.array(z.object({ topic: z.string(), partition: z.int().nonnegative() })),
});

/**
 * Shares partitions so that shares differ by one at most, and whoever holds one keeps it as far as that allows. The
 * client does not wait for what is given back before it joins again, so a partition that moves between two living
 * members may be in two hands for a moment; one that stays is never.
 * @returns the partitions of each member; all of `partitions`, each once
 */
export function share(partitions: readonly TopicPartition[], claims: readonly Claim[]): Map<string, TopicPartition[]> {
  const shares = new Map([...claims].sort(byMember).map(({ member }) => [member, [] as TopicPartition[]]));
  const free = new Map(partitions.map((partition) => [nameOf(partition), partition]));
  const least = Math.floor(partitions.length / shares.size);
  let larger = partitions.length % shares.size;
  // Of two that claim the same, the later was given it last: the other was away.
  const latestFirst = [...claims].sort((a, b) => b.since - a.since || byMember(a, b));
  const keepUpTo = (most: () => number) => {
    for (const { member, partitions: held } of latestFirst) {
      const mine = shares.get(member) ?? [];
      for (const partition of held) {
        if (mine.length < most() && free.delete(nameOf(partition))) mine.push(partition);
      }
      if (mine.length > least) larger -= 1;
    }
  };
  keepUpTo(() => least);
  keepUpTo(() => least + (larger > 0 ? 1 : 0));
  const members = [...shares.values()];
  for (const partition of free.values()) {
    members.reduce((fewest, mine) => (mine.length < fewest.length ? mine : fewest)).push(partition);
  }
  return shares;
}

function byMember(a: Claim, b: Claim): number {
  return a.member < b.member ? -1 : 1;
}

/** `share` as the client wants it. @param claim  what this member holds, asked at each joining */
export function keepingAssigner(claim: () => Omit<Claim, "member">): PartitionAssigner {
  return ({ cluster }) => ({
    name: "tocsin-keeping",
    version: 0,
    protocol: ({ topics }) => ({
      name: "tocsin-keeping",
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: 0,
        topics,
        userData: Buffer.from(JSON.stringify(claim())),
      }),
    }),
    async assign({ members, topics }) {
      const partitions = topics.flatMap((topic) =>
        cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ topic, partition: partitionId })),
      );
      const claims = members.map(({ memberId, memberMetadata }) => claimOf(memberId, memberMetadata));
      return [...share(partitions, claims)].map(([memberId, mine]) => {
        const of = (topic: string) => mine.filter((one) => one.topic === topic).map(({ partition }) => partition);
        const assignment = Object.fromEntries(topics.map((topic) => [topic, of(topic)]));
        return {
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version: 0,
            assignment,
            userData: Buffer.alloc(0),
          }),
        };
      });
    },
  });
}

function claimOf(member: string, metadata: Buffer): Claim {
  const said = AssignerProtocol.MemberMetadata.decode(metadata)?.userData.toString() ?? "";
  try {
    return { member, ...userData.parse(JSON.parse(said)) };
  } catch {
    // Somebody else's words: it gets a share like everybody.
    return { member, since: 0, partitions: [] };
  }
}
