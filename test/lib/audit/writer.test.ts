import { describe, expect, it } from "@jest/globals";
import { auditKey } from "../../../lib/audit/audit-key.ts";
import { Writer } from "../../../lib/audit/writer.ts";

const key = auditKey("a secret");
const aWriter = () => new Writer("2026-11-25", { expiresAt: 1_795_564_800 });
/** Stores the next entry. */
const advance = (writer: Writer) => {
  const place = writer.next();
  writer.advance({ ...place, digest: `digest-${place.sequence}` });
};
const ending = (sequence: number, revision: number) => ({
  sequence,
  revision,
  digest: `${sequence}.${revision}`,
});

describe("given a writer", () => {
  it("the place of an entry that was not stored is handed out again", () => {
    const writer = aWriter();
    expect(writer.next()).toMatchObject({ sequence: 1, closed: [] });
    expect(writer.next()).toMatchObject({ sequence: 1 });
    advance(writer);
    expect(writer.next()).toMatchObject({ sequence: 2, previous: "digest-1" });
  });

  it("an ending is named by the next entry, and by the head until that entry is stored", () => {
    const writer = aWriter();
    advance(writer);
    writer.close(ending(1, 1));
    expect(writer.next().closed).toEqual([ending(1, 1)]);
    expect(writer.head(key)).toMatchObject({ sequence: 1, last: "digest-1", closed: [ending(1, 1)] });
    advance(writer);
    expect(writer.next().closed).toEqual([]);
    expect(writer.head(key)).toMatchObject({ sequence: 2, closed: [] });
  });

  it("an ending that is being stored is in the head as a whole, until it is stored or could not be", () => {
    const writer = aWriter();
    advance(writer);
    const held = {
      sequence: 1,
      ending: { result: "succeeded", durationMs: 1, revision: 1, objects: [] },
      digest: "1.1",
    } as const;
    writer.hold(held);
    expect(writer.head(key)).toMatchObject({ closed: [], held: [held] });
    expect(writer.next().closed).toEqual([]);
    writer.close(ending(1, 1));
    expect(writer.head(key)).not.toHaveProperty("held");
    expect(writer.head(key)).toMatchObject({ closed: [ending(1, 1)] });
    writer.hold({ ...held, sequence: 2 });
    writer.letGo(2);
    expect(writer.head(key)).not.toHaveProperty("held");
  });

  it("an ending that is corrected while the next entry is being stored is named once more", () => {
    const writer = aWriter();
    advance(writer);
    writer.close(ending(1, 1));
    const place = writer.next();
    writer.close(ending(1, 2));
    writer.advance({ ...place, digest: "digest-2" });
    expect(writer.next().closed).toEqual([ending(1, 2)]);
  });

  it("an ending does not replace its correction, in either order of their storing", () => {
    const writer = aWriter();
    advance(writer);
    writer.close(ending(1, 2));
    writer.close(ending(1, 1));
    expect(writer.next().closed).toEqual([ending(1, 2)]);
  });

  it("each head is newer than the one before, and has its own digest", () => {
    const writer = aWriter();
    const [first, second] = [writer.head(key), writer.head(key)];
    expect(second.version).toBeGreaterThan(first.version);
    expect(second.digest).not.toBe(first.digest);
  });
});
