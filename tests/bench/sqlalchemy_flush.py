"""SQLAlchemy's unit of work on the rows of uow-bench-save: sqlalchemy_flush.py DSN WORK ROUNDS.

Prints the median of seconds from the call of commit() to its end. WORK is insert (26,000 rows in three levels), update (20,000 rows),
versioned (the same with versions), delete (as many), or mix (12,000 changes of all kinds). The tables are there; they are emptied
before each round. The settings are the fastest: inserts of many rows a statement, updates and deletes in batches.
"""

import gc
import statistics
import sys
import time
from decimal import Decimal

import psycopg2
from sqlalchemy import BigInteger, ForeignKey, Identity, Numeric, Text, create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

CHANGED = 20_000
MIXED = 4_000  # of each kind


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    status: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    customer: Mapped[Customer] = relationship()


class Item(Base):
    __tablename__ = "item"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    sku: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int]
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    order: Mapped[Order] = relationship()


class Stock(Base):
    __tablename__ = "stock"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    quantity: Mapped[int]
    version: Mapped[int] = mapped_column(BigInteger)
    __mapper_args__ = {"version_id_col": version}


def new_shop():
    rows = []
    for c in range(1000):
        customer = Customer(name=f"Customer number {c}", email=f"customer.{c}@example.com")
        rows.append(customer)
        for o in range(5):
            order = Order(customer=customer, status="paid" if o % 2 == 0 else "shipped", note=f"order {o} of customer {c}")
            rows.append(order)
            for i in range(4):
                price = Decimal(f"{10 + c % 90}.{10 + i}")
                rows.append(Item(order=order, sku=f"SKU-{c % 97}-{i}", quantity=1 + i, price=price))
    return rows


def empty(engine):
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE item, orders, customer, stock"))


def fill(engine):
    empty(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO customer (id, name, email) VALUES (1, 'a', 'b')"))
        connection.execute(text("INSERT INTO orders (id, customer_id, status, note) VALUES (1, 1, 'paid', 'a')"))
        connection.execute(
            text(
                "INSERT INTO item (id, order_id, sku, quantity, price) "
                "SELECT key, 1, 'SKU-1-' || key, 1, 9.99 FROM generate_series(1, :rows) AS key"
            ),
            {"rows": CHANGED},
        )
        connection.execute(
            text("INSERT INTO stock (id, quantity, version) SELECT key, 1, 1 FROM generate_series(1, :rows) AS key"), {"rows": CHANGED}
        )
        connection.execute(text("SELECT setval(pg_get_serial_sequence('item', 'id'), :rows)"), {"rows": CHANGED})
        connection.execute(text("ANALYZE item"))
        connection.execute(text("ANALYZE stock"))


def commit_time(session):
    gc.collect()
    begin = time.perf_counter()
    session.commit()
    return time.perf_counter() - begin


def insert(engine):
    empty(engine)
    with Session(engine, expire_on_commit=False) as session:
        session.add_all(new_shop())
        return commit_time(session)


def update(engine):
    fill(engine)
    with Session(engine, expire_on_commit=False) as session:
        for item in session.scalars(select(Item)).all():
            item.quantity = 2
        return commit_time(session)


def versioned(engine):
    fill(engine)
    with Session(engine, expire_on_commit=False) as session:
        for row in session.scalars(select(Stock)).all():
            row.quantity = 2
        return commit_time(session)


def delete(engine):
    fill(engine)
    with Session(engine, expire_on_commit=False) as session:
        for item in session.scalars(select(Item)).all():
            session.delete(item)
        return commit_time(session)


def mix(engine):
    fill(engine)
    with Session(engine, expire_on_commit=False) as session:
        order = session.get_one(Order, 1)
        for i in range(MIXED):
            session.add(Item(order=order, sku=f"SKU-{i % 97}", quantity=1 + i % 9, price=Decimal(f"{10 + i % 90}.50")))
        with session.no_autoflush:
            for item in session.scalars(select(Item).where(Item.id <= 2 * MIXED)).all():
                if item.id <= MIXED:
                    item.quantity = 2
                else:
                    session.delete(item)
        return commit_time(session)


def main():
    dsn, name, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    work = {each.__name__: each for each in (insert, update, versioned, delete, mix)}[name]
    engine = create_engine(
        "postgresql+psycopg2://",
        creator=lambda: psycopg2.connect(dsn),
        executemany_mode="values_plus_batch",
        executemany_batch_page_size=1000,
        insertmanyvalues_page_size=5000,
    )
    work(engine)  # warms up
    print(statistics.median(work(engine) for _ in range(rounds)))


main()
