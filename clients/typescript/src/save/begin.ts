import { create } from "@bufbuild/protobuf";
import {
  type BeginSaveResponse,
  BegunKind,
  type GeneratedEntity,
  type Save,
  type SaveStep,
  SaveSchema,
} from "../gen/uow/v1/save_service_pb.js";
import type { Attempt } from "./attempt.js";
import { joinSteps } from "./statement.js";

/** What a call of BeginSave has begun, in one piece. */
export type Begun =
  | { readonly kind: "execute" | "settle"; readonly attempt: Attempt }
  | { readonly kind: "committed"; readonly save: Save; readonly generated: readonly GeneratedEntity[] };

export async function readBegun(responses: AsyncIterable<BeginSaveResponse>): Promise<Begun> {
  const steps: SaveStep[] = [];
  const generated: GeneratedEntity[] = [];
  let save: Save | undefined;
  let begun: Attempt["begun"] | undefined;
  for await (const { response } of responses) {
    switch (response.case) {
      case "begun":
        begun = response.value;
        break;
      case "steps":
        joinSteps(steps, response.value.steps);
        break;
      case "generated":
        for (const entity of response.value.entities) generated.push(entity);
        break;
      case "committed":
        save = response.value;
        break;
      default:
        break;
    }
  }
  if (begun === undefined) throw new Error("the server answered BeginSave without saying what it has begun");
  switch (begun.kind) {
    case BegunKind.EXECUTE:
      return { kind: "execute", attempt: { begun, steps } };
    case BegunKind.SETTLE:
      return { kind: "settle", attempt: { begun, steps } };
    case BegunKind.COMMITTED:
      return {
        kind: "committed",
        save: save ?? create(SaveSchema, { saveId: begun.saveId, from: begun.from, to: begun.to }),
        generated,
      };
    default:
      throw new Error("the server asks for something that this version doesn't know; update drizzle-uow");
  }
}
