import threading
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger import services, triggers
from expertpool.ledger.models import GENESIS, LedgerEvent, LedgerHead

pytestmark = pytest.mark.django_db


def three_events():
    with clock.frozen(datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)):
        return [services.record("test.done", subject=subject, by=None, body={"n": n}) for n, subject in enumerate(["a:1", "b:1", "a:1"])]


def problems(head=None):
    return [str(problem) for problem in services.verify(head)]


def alter(sql, *values):
    """Change the table as somebody would who commands the database."""
    # PostgreSQL alters no table while checks of foreign keys are pending in the test's transaction.
    connection.check_constraints()
    triggers.drop(connection)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
    connection.check_constraints()
    triggers.create(connection)


def test_the_chain_as_the_specification_writes_it():
    one, two, three = three_events()
    assert (
        one.body == '{"actor":null,"at":"2026-11-21T01:02:03Z","data":{"n":0},"kind":"test.done","seq":1,"subject":"a:1","subject_seq":1}'
    )
    assert one.leaf == services.leaf_of(one.body)
    assert one.prev == GENESIS
    assert two.prev == one.chain
    assert three.chain == services.chain_of(two.chain, three.leaf)
    assert [event.subject_seq for event in (one, two, three)] == [1, 1, 2]
    assert services.head() == services.Head(3, three.chain)
    assert problems() == []
    assert problems(services.Head(2, two.chain)) == []


def test_an_empty_chain_verifies():
    assert problems() == []
    assert services.head() == services.Head(0, GENESIS)
    assert problems(services.head()) == []


def test_the_actor_is_in_the_body():
    user = User.objects.create_user("u1", name="张三")
    event = services.record("test.done", subject="a:1", by=user)
    assert f'"actor":{user.pk},' in event.body
    assert "张" not in event.body
    assert problems() == []


def test_the_same_idem_records_once():
    first = services.record("test.done", subject="a:1", by=None, idem="a:1:done")
    assert services.record("test.done", subject="a:1", by=None, body={"other": 1}, idem="a:1:done") == first
    assert LedgerEvent.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {"a": 1.5},
        {"a": "张三"},
        {"名": 1},
        {"a": ["x" * 201]},
        {"a": {"b": date(2026, 1, 1)}},
        {1: "a"},
        {"a": ("b",)},
        {"a": "13812345678"},
        {"a": "ID 11010519491231002X"},
        {"a": 13812345678},
    ],
)
def test_what_may_not_enter(body):
    with pytest.raises(ValueError):
        services.record("test.done", subject="a:1", by=None, body=body)
    assert LedgerEvent.objects.count() == 0


def test_the_refusal_does_not_repeat_the_value():
    with pytest.raises(ValueError) as caught:
        services.record("test.done", subject="a:1", by=None, body={"a": "张三"})
    assert "张三" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "subject"),
    [("Test", "a:1"), ("test done", "a:1"), ("test", ""), ("test", "a 1"), ("test", "甲:1"), ("test", "phone:13812345678")],
)
def test_kind_and_subject_are_codes(kind, subject):
    with pytest.raises(ValueError):
        services.record(kind, subject=subject, by=None)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**40), 2**40).filter(lambda n: len(str(abs(n))) != 11)
        | st.text("abcXYZ 09-", max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
        max_leaves=8,
    )
)
def test_any_allowed_body_verifies(value):
    services.record("test.done", subject="a:1", by=None, body={"v": value})
    assert problems() == []


def test_an_aborted_act_leaves_no_event():
    with pytest.raises(RuntimeError), transaction.atomic():
        services.record("test.done", subject="a:1", by=None)
        raise RuntimeError
    assert services.head() == services.Head(0, GENESIS)
    assert LedgerEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "other"),
        ("subject", "c:9"),
        ("subject_seq", 7),
        ("at", "2026-11-21 01:02:04"),
        ("body", "{}"),
        ("leaf", "a" * 64),
        ("prev", "b" * 64),
        ("chain", "c" * 64),
        ("leaf", "nonsense"),
    ],
)
@pytest.mark.parametrize("seq", [1, 2, 3])
def test_any_altered_row_is_found(column, value, seq):
    three_events()
    alter(f"UPDATE ledger_event SET {column} = %s WHERE seq = %s", value, seq)
    assert problems() != []


def test_an_altered_actor_is_found():
    user = User.objects.create_user("u1", name="张三")
    three_events()
    alter("UPDATE ledger_event SET actor_id = %s WHERE seq = 2", user.pk)
    assert problems() == ["2: 登记的事项、对象、操作人或时间与内容不符"]


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_a_removed_row_is_found(seq):
    three_events()
    alter("DELETE FROM ledger_event WHERE seq = %s", seq)
    assert problems() != []


def test_only_a_head_kept_outside_finds_a_chain_that_was_rewritten_or_cut_as_a_whole():
    three_events()
    kept = services.head()
    alter("DELETE FROM ledger_event")
    LedgerHead.objects.update(seq=0, chain=GENESIS)
    services.record("test.done", subject="a:1", by=None)
    assert problems() == []
    assert problems(kept) == ["3: 留存在系统之外的链值所指的记录不存在，记录被截去或重写"]
    for _ in range(2):
        services.record("test.done", subject="a:1", by=None)
    assert problems() == []
    assert problems(kept) == ["3: 与留存在系统之外的链值不符，此前的记录被重写过"]


def refused(sql, *values):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_the_database_refuses_to_change_or_remove():
    event = three_events()[1]
    refused("UPDATE ledger_event SET kind = 'x' WHERE seq = 2")
    refused("DELETE FROM ledger_event WHERE seq = 2")
    with pytest.raises(IntegrityError), transaction.atomic():
        event.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        event.delete()
    assert problems() == []


@pytest.mark.skipif("connection.vendor != 'sqlite'")
@pytest.mark.parametrize("key", ["seq", "chain", "prev", "subject", "rowid"])
def test_sqlite_refuses_to_replace(key):
    three_events()
    values = {
        "seq": 9,
        "kind": "x",
        "subject": "z:1",
        "subject_seq": 1,
        "at": "2026-01-01",
        "body": "{}",
        "leaf": "a" * 64,
        "prev": "b" * 64,
        "chain": "c" * 64,
    }
    row = LedgerEvent.objects.get(seq=2)
    if key == "rowid":
        values["rowid"] = 2
        del values["seq"]
    elif key == "subject":
        values |= {"subject": row.subject, "subject_seq": row.subject_seq}
    else:
        values[key] = getattr(row, key)
    refused(f"INSERT OR REPLACE INTO ledger_event ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})", *values.values())
    assert problems() == []


@pytest.mark.postgres
def test_postgresql_refuses_truncate_and_replica_role():
    three_events()
    connection.check_constraints()
    refused("TRUNCATE ledger_event")
    refused("SET LOCAL session_replication_role = replica; DELETE FROM ledger_event")


def test_a_sealed_text_is_known_again_by_purpose_and_words():
    sealed = services.sealed("exit.reason:7", "理由：材料不实")
    assert services.sealed("exit.reason:7", " 理由：材料不实\n") == sealed
    assert len({sealed, services.sealed("exit.reason:8", "理由：材料不实"), services.sealed("exit.reason:7", "理由")}) == 3
    services.record("test.done", subject="exit:7", by=None, body={"reason": sealed, "article": services.plain("附表1")})
    assert services.data_of(services.events("exit:7").get()) == {"reason": sealed, "article": "\\u9644\\u88681"}


def test_events_by_subject():
    for subject in ("draw:A-1", "draw:A-10", "draw:A-1/round:1", "request:A-1"):
        services.record("test.done", subject=subject, by=None)
    assert [event.subject for event in services.events("draw:A-1")] == ["draw:A-1", "draw:A-1/round:1"]
    assert [event.subject for event in services.events("draw:")] == ["draw:A-1", "draw:A-10", "draw:A-1/round:1"]
    assert [event.seq for event in services.events(after=2)] == [3, 4]
    assert services.data_of(services.events().first()) == {}


def test_verification_reads_in_constant_queries(django_assert_num_queries):
    for _ in range(3):
        services.record("test.done", subject="a:1", by=None)
        with django_assert_num_queries(3):
            assert problems() == []


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_recorded():
    with pytest.raises(RuntimeError):
        services.record("test.done", subject="a:1", by=None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_concurrent_appends_give_one_chain():
    errors = []

    def append(subject):
        try:
            for _ in range(10):
                with transaction.atomic():
                    services.record("test.done", subject=subject, by=None)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=append, args=(f"a:{n % 2}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert services.head().seq == 40
    assert problems() == []


def test_several_events_at_once_are_the_chain_that_single_ones_would_be():
    with transaction.atomic():
        services.record("pool.opened", subject="application:2", by=None)
        made = services.record_all(
            "application.filed", [("application:1", {"n": 1}), ("application:2", None), ("application:1", {"n": 2})], by=None
        )
    assert [(one.seq, one.subject, one.subject_seq) for one in made] == [
        (2, "application:1", 1), (3, "application:2", 2), (4, "application:1", 2),
    ]  # fmt: skip
    assert (list(services.verify()), services.head()) == ([], services.Head(4, made[-1].chain))
    assert [services.data_of(one) for one in made] == [{"n": 1}, {}, {"n": 2}]


def test_one_body_that_may_not_enter_stops_them_all():
    with transaction.atomic(), pytest.raises(ValueError, match="personal data"):
        services.record_all("application.filed", [("application:1", {}), ("application:2", {"phone": "13912345678"})], by=None)
    assert LedgerEvent.objects.count() == 0
