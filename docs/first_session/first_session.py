"""A first session, from generated stubs. Usage: first_session.py <address of uowd> <target>"""

import sys
import uuid

import grpc
from uow.v1 import event_pb2 as ev, journal_service_pb2 as jn, save_service_pb2 as sv, session_service_pb2 as ss, value_pb2 as val
from uow.v1.journal_service_pb2_grpc import JournalServiceStub
from uow.v1.save_service_pb2_grpc import SaveServiceStub
from uow.v1.session_service_pb2_grpc import SessionServiceStub

address, target = sys.argv[1:]
channel = grpc.insecure_channel(address)
sessions, journal, saves = SessionServiceStub(channel), JournalServiceStub(channel), SaveServiceStub(channel)

session = sessions.OpenSession(ss.OpenSessionRequest(target=target)).session
writer = {"session_id": session.session_id, "writer": str(uuid.uuid4())}


def created(table, key, **columns):
    fields = [ev.Field(column_name=name, value=value) for name, value in columns.items()]
    return ev.Event(kind=ev.EVENT_KIND_CREATED, table_name=table, key=[key], fields=fields)


def text(value):
    return val.Value(text_value=value)


def handle(counter):  # stands for a key that the database will generate
    return val.Value(handle_value=val.Handle(counter=counter))


ann, post = handle(1), handle(2)
draft = jn.AppendEvents(events=[
    created("users", ann, name=text("Ann"), email=text("ann@example.org")),
    created("posts", post, author_id=ann, title=text("Hello")),
])
journal.Append(jn.AppendRequest(**writer, sequence=1, epoch=0, append=draft))
journal.SetCheckpoint(jn.SetCheckpointRequest(**writer, sequence=2, epoch=0, checkpoint=jn.CheckpointHead(name="draft")))

mistake = jn.AppendEvents(events=[ev.Event(kind=ev.EVENT_KIND_DELETED, table_name="posts", key=[post])])
journal.Append(jn.AppendRequest(**writer, sequence=3, epoch=0, append=mistake))
back = jn.RollbackRequest(**writer, sequence=4, epoch=0, rollback=jn.RollbackTo(checkpoint="draft"))
ack = journal.Rollback(back).ack
print(f"rolled back to offset {ack.offset}, epoch {ack.epoch}")

for part in saves.PlanSave(sv.PlanSaveRequest(session_id=session.session_id)):
    for statement in part.statements:
        print(f"would run on {statement.expected_rows} row(s): {statement.sql}")

for message in saves.Save(sv.SaveRequest(session_id=session.session_id, save_id=str(uuid.uuid4()))):
    for entity in message.generated.entities:
        print(f"the key of entity {entity.key[0].handle_value.counter} is {entity.generated_key[0].int64_value}")
    if message.HasField("committed"):
        print(f"saved: {message.committed.inserted} rows inserted")
