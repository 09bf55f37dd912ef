import type { Sequence } from "../session/session.js";

/** A point in a unit of work to which it can be rolled back, or up to which it can be saved. */
export class Checkpoint {
  /** Nothing else is one, however it looks. */
  declare protected readonly brand: "Checkpoint";

  /** @internal */
  constructor(
    /** Unique in the session, also among the checkpoints of other processes that share it. */
    readonly name: string,
  ) {}
}

/** What the unit of work knows of a checkpoint of its own. */
export interface Mark {
  readonly checkpoint: Checkpoint;
  /** In memory's log. */
  position: number;
  /** Of the command that set it; 0 for one that was there before this process. */
  readonly sequence: Sequence;
  /** standing: can be rolled back to. saved: what came next is saved. dropped: undone by a rollback to an earlier one. */
  state: "standing" | "saved" | "dropped";
}

/** The checkpoints of one unit of work, in the order of their positions. */
export class Checkpoints {
  #standing: Mark[] = [];
  readonly #marks = new WeakMap<Checkpoint, Mark>();
  #counter = 0;

  /** Those that can be rolled back to, oldest first. */
  get standing(): readonly Mark[] {
    return this.#standing;
  }

  freeName(writer: string): string {
    return `checkpoint ${++this.#counter} of ${writer}`;
  }

  add(name: string, position: number, sequence: Sequence): Checkpoint {
    const checkpoint = new Checkpoint(name);
    const mark: Mark = { checkpoint, position, sequence, state: "standing" };
    this.#standing.push(mark);
    this.#marks.set(checkpoint, mark);
    return checkpoint;
  }

  /** undefined for a name that doesn't stand, and for a checkpoint of another unit of work. */
  find(wanted: Checkpoint | string): Mark | undefined {
    if (typeof wanted === "string") return this.#standing.find((mark) => mark.checkpoint.name === wanted);
    return this.#marks.get(wanted);
  }

  /** Drops those set after a mark. */
  dropAfter(mark: Mark): void {
    const at = this.#standing.indexOf(mark);
    for (const dropped of this.#standing.splice(at + 1)) dropped.state = "dropped";
  }

  /** Drops those beyond a position, and at it those of later commands than the last one that survived. */
  dropBeyond(position: number, sequence: Sequence): void {
    const survives = (mark: Mark) => mark.position <= position && mark.sequence <= sequence;
    for (const mark of this.#standing) if (!survives(mark)) mark.state = "dropped";
    this.#standing = this.#standing.filter(survives);
  }

  /** What comes before a position is saved. */
  markSaved(position: number): void {
    for (const mark of this.#standing) if (mark.position < position) mark.state = "saved";
    this.#standing = this.#standing.filter((mark) => mark.state === "standing");
  }

  /** Takes the session's checkpoints as the journal has them; objects that the application holds stay what they are. */
  adopt(marks: readonly { readonly name: string; readonly position: number }[]): void {
    const before = this.#standing;
    for (const mark of before) mark.state = "dropped";
    this.#standing = [];
    for (const { name, position } of marks) {
      const known = before.find((mark) => mark.checkpoint.name === name);
      if (known === undefined) {
        this.add(name, position, 0n);
      } else {
        known.position = position;
        known.state = "standing";
        this.#standing.push(known);
      }
    }
  }
}
