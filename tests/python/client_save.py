"""A client that executes its own saves over the standard library's sqlite3, from generated stubs: what save_service.proto says, no more."""

import sqlite3

from uow.v1 import save_service_pb2 as sv, schema_pb2 as sch, value_pb2 as val

INTEGERS = (sch.Type.KIND_INT16, sch.Type.KIND_INT32, sch.Type.KIND_INT64)


class Execution:
    """One attempt: binds segments, runs steps, gathers the SaveResult."""

    def __init__(self, connection, begun, steps):
        self.connection = connection
        self.steps = steps
        self.keys = {}
        self.result = sv.SaveResult()
        self.result.CopyFrom(begun.result)
        self.marker = None
        self.marker_result = b""

    def resolve(self, value):
        if value.WhichOneof("kind") != "handle_value":
            return value
        return self.keys[value.handle_value.writer, value.handle_value.counter]

    def bind(self, value):
        value = self.resolve(value)
        kind = value.WhichOneof("kind")
        return None if kind == "null_value" else getattr(value, kind)

    def statement(self, segments, rows, number=0):
        text, parameters = "", []
        for segment in segments:
            kind = segment.WhichOneof("segment")
            if kind == "text":
                text += segment.text
            elif kind == "row_number":
                text += str(number)
            elif kind == "each_row":
                parts = [self.statement(segment.each_row.segments, [row], n) for n, row in enumerate(rows)]
                text += segment.each_row.separator.join(part for part, _ in parts)
                parameters += [parameter for _, bound in parts for parameter in bound]
            else:
                text += "?"
                if kind == "value":
                    parameters.append(self.bind(segment.value))
                elif kind == "row_value":
                    parameters.append(self.bind(rows[0].values[segment.row_value]))
                else:
                    parameters.append(self.result.SerializeToString())
        return text, parameters

    def run(self, phase):
        for step in self.steps:
            if step.phase == phase:
                self.run_step(step)

    def run_step(self, step):
        returned = []
        for rows in ([row] for row in step.rows) if step.once_per_row else [step.rows]:
            cursor = self.connection.execute(*self.statement(step.segments, rows))
            returned += cursor.fetchall()
            if step.HasField("expected_rows") and cursor.rowcount != step.expected_rows:
                raise RuntimeError(f"step {step.index} affected {cursor.rowcount} rows")
        if step.HasField("keys"):
            handles = [(part.writer, counter) for part in step.keys.handles for counter in part.counters]
            for n, handle in enumerate(handles):
                key = int(returned[0][0]) + n if step.keys.counts_up else returned[n][0]
                integer = step.keys.kind in INTEGERS
                self.keys[handle] = val.Value(int64_value=int(key)) if integer else val.Value(text_value=key)
        if step.kind == sv.STEP_KIND_INSERT:
            self.add_keys(step)
        if step.kind == sv.STEP_KIND_READ_MARKER and returned:
            fence, save_id, result = returned[0]
            self.marker = sv.FoundMarker(exists=True, fence=int(fence), save_id=save_id)
            self.marker_result = bytes.fromhex(result or "")

    def add_keys(self, step):
        for row in step.rows:
            key = row.values[step.key_values[0]]
            if key.WhichOneof("kind") == "handle_value":
                handle = key.handle_value
                self.result.keys.add(table=step.table, writer=handle.writer, counters=[handle.counter], keys=[self.resolve(key)])


class ClientSaver:
    """Saves a session through a SQLite file."""

    def __init__(self, saves, session_id, path, client):
        self.saves = saves
        self.session_id = session_id
        self.client = client
        self.connection = sqlite3.connect(path, isolation_level=None)

    def begin(self, save_id, **options):
        request = sv.BeginSaveRequest(session_id=self.session_id, save_id=save_id, client=self.client, **options)
        begun, steps, committed = None, {}, None
        for message in self.saves.BeginSave(request, timeout=30):
            kind = message.WhichOneof("response")
            if kind == "begun":
                begun = message.begun
            elif kind == "committed":
                committed = message.committed
            elif kind == "steps":
                for part in message.steps.steps:
                    step = steps.setdefault(part.index, part)
                    if step is not part:
                        step.rows.extend(part.rows)
                        step.keys.handles.extend(part.keys.handles)
        return begun, [steps[index] for index in sorted(steps)], committed

    def execute(self, begun, steps):
        execution = Execution(self.connection, begun, steps)
        execution.run(sv.STEP_PHASE_SETUP)
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            execution.run(sv.STEP_PHASE_TRANSACTION)
            self.connection.execute("COMMIT")
        except Exception:
            self.connection.execute("ROLLBACK")
            raise
        return execution

    def finish(self, begun, result=b"", **outcome):
        told = sv.AttemptOutcome(session_id=self.session_id, save_id=begun.save_id, attempt=begun.attempt, result_size=len(result), **outcome)
        requests = [sv.FinishSaveRequest(outcome=told)]
        requests += [sv.FinishSaveRequest(result=result[at:at + 1000]) for at in range(0, len(result), 1000)]
        return self.saves.FinishSave(iter(requests), timeout=30).save

    def save(self, save_id, **options):
        while True:
            begun, steps, committed = self.begin(save_id, **options)
            if begun.kind == sv.BEGUN_KIND_COMMITTED:
                return committed
            execution = self.execute(begun, steps)
            if begun.kind == sv.BEGUN_KIND_SETTLE:
                self.finish(begun, execution.marker_result, settled=execution.marker)
                continue
            return self.finish(begun, execution.result.SerializeToString(), committed=sv.CommittedSave())
