import type { Field } from "../gen/uow/v1/event_pb.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import type { ColumnModel } from "../model/model.js";

/** A column's part of an event, as a literal: protobuf-es' `create` costs several times as much, and these are made once a change. */
export function fieldOf(column: ColumnModel, value: Value | undefined, old: Value | undefined): Field {
  const field: Field = { $typeName: "uow.v1.Field", column: column.index, columnName: "" };
  if (value !== undefined) field.value = value;
  if (old !== undefined) field.old = old;
  return field;
}
