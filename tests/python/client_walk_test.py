"""A client in another language, from stubs generated out of proto/, against a real uowd: what the API promises to everyone."""

import unittest
import uuid

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

import uowd as support

support.generate_stubs()

# pylint: disable=wrong-import-position
from uow.v1 import errors_pb2 as er, event_pb2 as ev, journal_service_pb2 as jn, save_service_pb2 as sv
from uow.v1 import schema_service_pb2 as sc, session_service_pb2 as ss, value_pb2 as val
from uow.v1.journal_service_pb2_grpc import JournalServiceStub
from uow.v1.save_service_pb2_grpc import SaveServiceStub
from uow.v1.schema_service_pb2_grpc import SchemaServiceStub
from uow.v1.session_service_pb2_grpc import SessionServiceStub
from client_save import ClientSaver


def text(value):
    return val.Value(text_value=value)


def handle(counter, writer=""):
    return val.Value(handle_value=val.Handle(counter=counter, writer=writer))


def integer(value):
    return val.Value(int64_value=value)


def named(kind, table, key, **columns):
    fields = [ev.Field(column_name=name, value=value) for name, value in columns.items()]
    return ev.Event(kind=kind, table_name=table, key=[key], fields=fields)


def created(table, key, **columns):
    return named(ev.EVENT_KIND_CREATED, table, key, **columns)


def updated(table, key, **columns):
    return named(ev.EVENT_KIND_UPDATED, table, key, **columns)


class Writer:
    """Numbers a writer's commands and counts its rollbacks, as a simple client does."""

    def __init__(self, journal, session_id):
        self.journal = journal
        self.session_id = session_id
        self.name = str(uuid.uuid4())
        self.sequence = 0
        self.epoch = 0

    def _call(self, method, request, **action):
        ack = method(request(**self.next_command(), **action), timeout=30).ack
        self.sequence += 1
        self.epoch = ack.epoch
        assert ack.sequence == self.sequence, (ack.sequence, self.sequence)
        return ack

    def next_command(self):
        return {"session_id": self.session_id, "writer": self.name, "sequence": self.sequence + 1, "epoch": self.epoch}

    def append(self, *events):
        return self._call(self.journal.Append, jn.AppendRequest, append=jn.AppendEvents(events=events))

    def checkpoint(self, name):
        return self._call(self.journal.SetCheckpoint, jn.SetCheckpointRequest, checkpoint=jn.CheckpointHead(name=name))

    def rollback(self, **to):
        return self._call(self.journal.Rollback, jn.RollbackRequest, rollback=jn.RollbackTo(**to))


class ClientWalk(unittest.TestCase):
    def setUp(self):
        self.uowd = support.Uowd()
        self.channel = grpc.insecure_channel(self.uowd.address, options=[("grpc.max_reconnect_backoff_ms", 100)])
        self.schemas = SchemaServiceStub(self.channel)
        self.sessions = SessionServiceStub(self.channel)
        self.journal = JournalServiceStub(self.channel)
        self.saves = SaveServiceStub(self.channel)

    def tearDown(self):
        self.channel.close()
        self.assertEqual(self.uowd.close(), 0)

    def open(self):
        session = self.sessions.OpenSession(ss.OpenSessionRequest(target="main"), timeout=30).session
        return session.session_id, Writer(self.journal, session.session_id)

    def session(self, session_id):
        return self.sessions.GetSession(ss.GetSessionRequest(session_id=session_id), timeout=30).session

    def save(self, session_id, save_id, **to):
        """Returns the generated keys by handle counter, and the committed save."""
        keys, committed = {}, None
        for message in self.saves.Save(sv.SaveRequest(session_id=session_id, save_id=save_id, to=jn.Position(**to)), timeout=60):
            self.assertIsNone(committed, "the committed save is the last message")
            for entity in message.generated.entities:
                keys[entity.key[0].handle_value.counter] = entity.generated_key[0].int64_value
            if message.HasField("committed"):
                committed = message.committed
        self.assertEqual(committed.state, sv.SAVE_STATE_COMMITTED)
        return keys, committed

    def assert_refused(self, code, reason, call):
        """Expects an error and returns its typed detail, read with the standard library for it."""
        with self.assertRaises(grpc.RpcError) as raised:
            answer = call()
            if isinstance(answer, grpc.Call):  # a stream fails when it is read
                list(answer)
        self.assertEqual(raised.exception.code(), code, raised.exception.details())
        status = rpc_status.from_call(raised.exception)
        self.assertIsNotNone(status, "the error carries a google.rpc.Status")
        info, detail = error_details_pb2.ErrorInfo(), er.ErrorDetail()
        unpacked = [any_.Unpack(info) or any_.Unpack(detail) for any_ in status.details]
        self.assertEqual(unpacked, [True] * len(unpacked))
        self.assertEqual((info.domain, info.reason), ("uow.v1", reason))
        self.assertEqual(er.ErrorReason.Name(detail.reason), f"ERROR_REASON_{reason}")
        self.assertEqual(status.message, raised.exception.details())
        return detail

    def test_a_session_from_open_to_save(self):
        targets = self.schemas.ListTargets(sc.ListTargetsRequest(), timeout=30).targets
        self.assertEqual([(target.name, target.dialect) for target in targets], [("main", sc.DIALECT_SQLITE)])
        session_id, writer = self.open()

        ann, post = handle(1), handle(2)
        ack = writer.append(created("users", ann, name=text("Ann")), created("posts", post, author_id=ann, title=text("Hello")))
        self.assertEqual((ack.offset, ack.epoch, ack.saved), (2, 0, 0))
        self.assertEqual(writer.checkpoint("draft").offset, 2)
        self.assertEqual(writer.append(updated("posts", post, title=text("Wrong"))).offset, 3)
        ack = writer.rollback(checkpoint="draft")
        self.assertEqual((ack.offset, ack.epoch), (2, 1))
        self.assertEqual(writer.append(updated("users", ann, name=text("Anna"))).offset, 3)
        checkpoints = self.journal.ListCheckpoints(jn.ListCheckpointsRequest(session_id=session_id), timeout=30).checkpoints
        self.assertEqual([(point.name, point.offset, point.writer) for point in checkpoints], [("draft", 2, writer.name)])

        plan = [
            statement
            for part in self.saves.PlanSave(sv.PlanSaveRequest(session_id=session_id), timeout=30)
            for statement in part.statements
        ]
        self.assertEqual([statement.kind for statement in plan if statement.kind != sv.STATEMENT_KIND_ALLOCATE_KEYS],
                         [sv.STATEMENT_KIND_INSERT] * 2)
        self.assertEqual(self.uowd.rows("SELECT count(*) FROM users"), [(0,)], "a plan writes nothing")

        keys, committed = self.save(session_id, "first", checkpoint="draft")
        self.assertEqual((getattr(committed, "from"), committed.to, committed.inserted), (0, 2, 2))
        self.assertEqual(self.uowd.rows("SELECT id, name FROM users"), [(keys[1], "Ann")])
        self.assertEqual(self.uowd.rows("SELECT id, author_id, title FROM posts"), [(keys[2], keys[1], "Hello")])
        self.assertEqual((self.session(session_id).saved, self.session(session_id).head), (2, 3))

        # What stayed pending refers to a handle that the first save resolved.
        _, committed = self.save(session_id, "second")
        self.assertEqual((committed.inserted, committed.updated), (0, 1))
        self.assertEqual(self.uowd.rows("SELECT id, name FROM users"), [(keys[1], "Anna")])

        saves = self.saves.ListSaves(sv.ListSavesRequest(session_id=session_id, include_generated=True), timeout=30).saves
        self.assertEqual([(save.save_id, save.state, save.to) for save in saves],
                         [("first", sv.SAVE_STATE_COMMITTED, 2), ("second", sv.SAVE_STATE_COMMITTED, 3)])
        self.assertEqual([entity.generated_key[0].int64_value for entity in saves[0].generated], [keys[1], keys[2]])

    def open_held(self):
        """A session whose target this client holds: the database of the target "main"."""
        schema_id = self.schemas.DescribeTarget(sc.DescribeTargetRequest(target="main"), timeout=30).schema_id
        request = ss.OpenSessionRequest(dialect=sc.DIALECT_SQLITE, schema_id=schema_id, session_id=uuid.uuid4().hex)
        session_id = self.sessions.OpenSession(request, timeout=30).session.session_id
        self.assertEqual(self.sessions.OpenSession(request, timeout=30).session.session_id, session_id)
        return session_id, Writer(self.journal, session_id)

    def test_a_save_that_the_client_executes(self):
        session_id, writer = self.open_held()
        ann = handle(1)
        writer.append(created("users", ann, name=text("Ann")), created("posts", handle(2), author_id=ann, title=text("Hello")))
        saver = ClientSaver(self.saves, session_id, self.uowd.database, "python")
        self.assertEqual(saver.save("first").inserted, 2)
        self.assertEqual(self.uowd.rows("SELECT users.id, name, author_id, title FROM users, posts"), [(1, "Ann", 1, "Hello")])
        writer.append(updated("users", ann, name=text("Anna")))
        self.assertEqual(saver.save("second").updated, 1)
        self.assertEqual(self.uowd.rows("SELECT name FROM users"), [("Anna",)])
        self.assert_refused(grpc.StatusCode.FAILED_PRECONDITION, "TARGET_HELD_BY_CLIENT",
                            lambda: self.saves.Save(sv.SaveRequest(session_id=session_id, save_id="third"), timeout=30))

    def test_a_client_that_dies_after_its_commit_is_settled_by_the_next(self):
        session_id, writer = self.open_held()
        writer.append(created("users", handle(1), name=text("Ann")))
        dying = ClientSaver(self.saves, session_id, self.uowd.database, "dying")
        begun, steps, _ = dying.begin("first")
        dying.execute(begun, steps)
        self.uowd.kill()
        self.uowd.start()
        self.sessions.GetSession(ss.GetSessionRequest(session_id=session_id), timeout=30, wait_for_ready=True)
        saver = ClientSaver(self.saves, session_id, self.uowd.database, "next")
        committed = saver.save("first")
        self.assertEqual((committed.state, committed.inserted), (sv.SAVE_STATE_COMMITTED, 1))
        self.assertEqual(self.uowd.rows("SELECT name FROM users"), [("Ann",)])
        self.assertEqual(self.session(session_id).saved, 1)

    def test_a_save_that_is_repeated_happens_once(self):
        session_id, writer = self.open()
        writer.append(created("users", handle(1), name=text("Ann")))
        keys, _ = self.save(session_id, "once")
        again, committed = self.save(session_id, "once")
        self.assertEqual((again, committed.inserted), (keys, 1))
        self.assertEqual(self.uowd.rows("SELECT count(*) FROM users"), [(1,)])

    def test_tables_and_columns_by_position(self):
        described = self.schemas.DescribeTarget(sc.DescribeTargetRequest(target="main"), timeout=30)
        registered = self.schemas.RegisterSchema(sc.RegisterSchemaRequest(schema=described.schema), timeout=30)
        self.assertEqual(registered.schema_id, described.schema_id)
        users = next(table for table in registered.tables if table.name == "users")
        session_id, writer = self.open()
        name = ev.Field(column=list(users.columns).index("name"), value=text("Ann"))
        writer.append(ev.Event(kind=ev.EVENT_KIND_CREATED, table=users.table, key=[integer(7)], fields=[name]))
        self.save(session_id, "by position")
        self.assertEqual(self.uowd.rows("SELECT id, name FROM users"), [(7, "Ann")])

    def test_the_history_and_the_net_changes(self):
        session_id, writer = self.open()
        writer.append(created("users", handle(1), name=text("Ann")))
        writer.append(updated("users", handle(1), name=text("Anna")))
        entries = [
            entry
            for part in self.journal.ReadJournal(jn.ReadJournalRequest(session_id=session_id), timeout=30)
            for entry in part.entries
        ]
        self.assertEqual([(entry.offset, entry.writer, entry.sequence) for entry in entries],
                         [(0, writer.name, 1), (1, writer.name, 2)])
        self.assertEqual(entries[0].event.table_name, "", "names are journaled as positions")
        self.assertGreater(entries[0].time.seconds, 0)
        changes = [
            change
            for part in self.journal.GetChanges(jn.GetChangesRequest(session_id=session_id), timeout=30)
            for change in part.changes
        ]
        self.assertEqual([change.kind for change in changes], [jn.CHANGE_KIND_INSERT])
        self.assertEqual([field.value.text_value for field in changes[0].fields], ["Anna"])
        self.assertEqual((changes[0].first_offset, changes[0].last_offset), (0, 1))
        self.assertEqual(changes[0].key[0].handle_value.writer, writer.name)

    def test_a_stream_acknowledges_what_was_pipelined(self):
        session_id, _ = self.open()

        def requests():
            yield jn.RecordRequest(attach=jn.Attach(session_id=session_id, writer="stream"))
            for sequence in range(1, 101):
                append = jn.AppendEvents(events=[created("users", handle(sequence), name=text(f"user {sequence}"))])
                yield jn.RecordRequest(command=jn.Command(sequence=sequence, epoch=0, append=append))

        responses = list(self.journal.Record(requests(), timeout=30))
        self.assertEqual(responses[0].attached.last_sequence, 0)
        self.assertEqual([table.name for table in responses[0].attached.schema.tables if table.name in ("posts", "users")],
                         ["posts", "users"])
        self.assertEqual((responses[-1].ack.sequence, responses[-1].ack.offset), (100, 100))
        attached = next(iter(self.journal.Record(iter([jn.RecordRequest(attach=jn.Attach(session_id=session_id, writer="stream"))]),
                                                 timeout=30))).attached
        self.assertEqual((attached.last_sequence, attached.last_handle_counter), (100, 100))

    def test_a_session_survives_sigkill(self):
        session_id, writer = self.open()
        writer.append(created("users", handle(1), name=text("Ann")))
        writer.checkpoint("before")
        self.uowd.kill()
        self.uowd.start()
        session = self.sessions.GetSession(ss.GetSessionRequest(session_id=session_id), timeout=30, wait_for_ready=True).session
        self.assertEqual((session.head, session.saved, session.state), (1, 0, ss.SESSION_STATE_OPEN))
        writer.append(updated("users", handle(1), name=text("Anna")))
        self.save(session_id, "after")
        self.assertEqual(self.uowd.rows("SELECT name FROM users"), [("Anna",)])

    def test_a_retried_command_is_applied_once(self):
        session_id, writer = self.open()
        request = jn.AppendRequest(**writer.next_command(), append=jn.AppendEvents(
            events=[created("users", handle(1), name=text("Ann"))]))
        first = self.journal.Append(request, timeout=30).ack
        self.assertEqual(self.journal.Append(request, timeout=30).ack, first)
        self.assertEqual(self.session(session_id).head, 1)
        request.append.events[0].fields[0].value.text_value = "Bob"
        self.assert_refused(grpc.StatusCode.ALREADY_EXISTS, "SEQUENCE_REUSED", lambda: self.journal.Append(request, timeout=30))
        request.sequence = 3
        self.assert_refused(grpc.StatusCode.FAILED_PRECONDITION, "SEQUENCE_GAP", lambda: self.journal.Append(request, timeout=30))

    def test_a_rollback_by_another_writer_is_told(self):
        session_id, writer = self.open()
        writer.append(created("users", handle(1), name=text("Ann")))
        writer.append(created("users", handle(2), name=text("Bob")))
        Writer(self.journal, session_id).rollback(offset=1)
        detail = self.assert_refused(grpc.StatusCode.ABORTED, "STALE_EPOCH",
                                     lambda: writer.append(created("users", handle(3), name=text("Cy"))))
        stale = detail.stale_epoch
        self.assertEqual((stale.epoch, stale.truncated_to, stale.last_surviving_sequence), (1, 1, 1))

    def test_a_failed_save_names_the_row_and_changes_nothing(self):
        session_id, writer = self.open()
        writer.append(created("users", handle(1), name=text("Ann"), email=text("a@example.org")))
        writer.append(created("users", handle(2), name=text("Bob"), email=text("a@example.org")))
        detail = self.assert_refused(grpc.StatusCode.FAILED_PRECONDITION, "CONSTRAINT_UNIQUE",
                                     lambda: self.saves.Save(sv.SaveRequest(session_id=session_id, save_id="s"), timeout=30))
        self.assertEqual([(entity.table, entity.offset) for entity in detail.entities], [("users", 1)])
        self.assertEqual(self.uowd.rows("SELECT count(*) FROM users"), [(0,)])
        session = self.session(session_id)
        self.assertEqual((session.head, session.saved), (2, 0))
        writer.rollback(offset=1)
        _, committed = self.save(session_id, "t")
        self.assertEqual(committed.inserted, 1)

    def test_bad_input_is_refused_by_name(self):
        _, writer = self.open()
        invalid = grpc.StatusCode.INVALID_ARGUMENT
        self.assert_refused(invalid, "TABLE_NOT_FOUND", lambda: writer.append(created("nowhere", handle(1))))
        self.assert_refused(invalid, "COLUMN_NOT_FOUND", lambda: writer.append(created("users", handle(1), age=integer(3))))
        self.assert_refused(invalid, "VALUE_TYPE_MISMATCH", lambda: writer.append(created("users", handle(1), name=integer(3))))
        self.assert_refused(invalid, "VALUE_NULL", lambda: writer.append(
            created("users", handle(1), name=val.Value(null_value=val.NULL_VALUE_UNSPECIFIED))))
        self.assert_refused(grpc.StatusCode.NOT_FOUND, "CHECKPOINT_NOT_FOUND", lambda: writer.rollback(checkpoint="never set"))
        self.assert_refused(grpc.StatusCode.OUT_OF_RANGE, "OFFSET_BEYOND_HEAD", lambda: writer.rollback(offset=1))
        self.assert_refused(grpc.StatusCode.NOT_FOUND, "SESSION_NOT_FOUND", lambda: self.session("0" * 32))
        self.assert_refused(grpc.StatusCode.NOT_FOUND, "TARGET_NOT_FOUND", lambda: self.sessions.OpenSession(
            ss.OpenSessionRequest(target="nowhere"), timeout=30))
        self.assertEqual(writer.append(created("users", handle(1), name=text("Ann"))).sequence, 1, "a refused command uses up nothing")

    def test_a_closed_session_accepts_nothing(self):
        session_id, writer = self.open()
        self.sessions.CloseSession(ss.CloseSessionRequest(session_id=session_id, keep_history=True), timeout=30)
        self.assert_refused(grpc.StatusCode.FAILED_PRECONDITION, "SESSION_CLOSED",
                            lambda: writer.append(created("users", handle(1), name=text("Ann"))))
        listed = self.sessions.ListSessions(ss.ListSessionsRequest(state=ss.SESSION_STATE_CLOSED), timeout=30).sessions
        self.assertEqual([session.session_id for session in listed], [session_id])


if __name__ == "__main__":
    unittest.main(verbosity=2)
