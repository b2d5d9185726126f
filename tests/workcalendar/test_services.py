import io
from datetime import date, timedelta

import openpyxl
import pytest

from expertpool.accounts.models import User
from expertpool.ledger.models import LedgerEvent
from expertpool.refusals import Refused
from expertpool.workcalendar import services, tablefile
from expertpool.workcalendar.models import WorkDay, WorkYear
from expertpool.workcalendar.tablefile import DayRow
from expertpool.workdays import CalendarMissing
from tests.refusing import refusals_of

pytestmark = pytest.mark.django_db

# Fictitious: two days off in the week, one Saturday of work.
DEVIATIONS = [
    DayRow(2, date(2027, 1, 1), False, "元旦"),
    DayRow(3, date(2027, 2, 8), False, "春节"),
    DayRow(4, date(2027, 2, 13), True, "调休"),
]


def load(rows=DEVIATIONS, by=None, **changes):
    return services.store_year(**{"year": 2027, "rows": rows, "source_document": "通知〔2026〕9号", "by": by, **changes})


def reasons(rows, **changes):
    return [str(refusal) for refusal in refusals_of(load, rows, **changes)]


def test_three_years_are_there_from_the_start():
    assert [(year.year, year.status, year.days.count()) for year in WorkYear.objects.order_by("year")] == [
        (2024, "official", 366),
        (2025, "official", 365),
        (2026, "official", 365),
    ]
    table = services.table()
    # National day of 2026, a make-up Saturday of the spring festival, an ordinary Monday.
    assert [table.is_workday(day) for day in (date(2026, 10, 1), date(2026, 2, 28), date(2026, 11, 23))] == [False, True, True]
    assert table.add_workdays(date(2026, 2, 12), 7) == date(2026, 2, 28)
    with pytest.raises(CalendarMissing):
        table.is_workday(date(2027, 1, 4))


def test_the_seed_can_be_computed_again():
    for year in WorkYear.objects.all():
        assert year.content_hash == services.hash_of(dict(year.days.values_list("date", "is_workday")))


def test_the_table_costs_one_query_when_nothing_has_changed(django_assert_num_queries):
    services.table()
    with django_assert_num_queries(1):
        assert services.table() is services.table.__globals__["_cached"][1]


def test_a_loaded_year_is_seen_at_once():
    services.table()
    load(status="provisional")
    assert services.table().period_end(date(2027, 2, 5), 1, "workdays").provisional is True
    load()
    deadline = services.table().period_end(date(2027, 2, 5), 5, "workdays")
    assert (deadline.day, deadline.provisional) == (date(2027, 2, 13), False)
    load([*DEVIATIONS[:2]])
    assert services.table().is_workday(date(2027, 2, 13)) is False


def test_deviations_and_the_whole_year_give_the_same_days():
    first = load()
    whole = dict(first.days.values_list("date", "is_workday"))
    rows = [DayRow(number, day, works) for number, (day, works) in enumerate(sorted(whole.items()), start=2)]
    assert len(rows) == 365
    assert load(rows).content_hash == first.content_hash
    assert WorkDay.objects.filter(date__year=2027).count() == 365


def test_loading_is_recorded_and_the_same_again_changes_nothing():
    user = User.objects.create_user("o1", name="张三")
    load(by=user)
    load(by=user)
    [event] = LedgerEvent.objects.all()
    assert (event.kind, event.subject, event.actor) == ("calendar.loaded", "workyear:2027", user)


def test_every_bad_row_is_named():
    wrong_year, twice = DayRow(5, date(2026, 1, 1), False), DayRow(6, date(2027, 1, 1), False)
    assert reasons([*DEVIATIONS, wrong_year, twice]) == [
        "第5行（2026-01-01）：不是2027年的日期。",
        "第6行（2027-01-01）：与第2行日期重复。",
    ]
    plain = [DayRow(5, date(2027, 3, 1), True), DayRow(6, date(2027, 3, 6), False)]
    assert reasons([*DEVIATIONS, *plain]) == [
        "第5行（2027-03-01）：这一天按周一至周五本来就是工作日。请上传全年每一天，或者只上传调休和放假的日子。",
        "第6行（2027-03-06）：这一天按周一至周五本来就是休息日。请上传全年每一天，或者只上传调休和放假的日子。",
    ]
    assert WorkYear.objects.filter(year=2027).count() == 0


def test_a_year_without_any_holiday_or_source_is_refused():
    monday_to_friday = [
        DayRow(n, date(2027, 1, 1) + timedelta(days=n), (date(2027, 1, 1) + timedelta(days=n)).weekday() < 5) for n in range(365)
    ]
    for rows in ([], monday_to_friday):
        assert reasons(rows, source_document=" ") == [
            "表中没有任何放假或调休安排，请核对国务院办公厅通知后重新上传。",
            "请填写依据文件的名称和文号。",
        ]


def xlsx(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_the_files_that_can_be_read():
    expected = [DayRow(2, date(2027, 1, 1), False, "元旦"), DayRow(4, date(2027, 2, 13), True, "")]
    header = ["日期", "是否工作日", "说明"]
    assert tablefile.read_rows("a.xlsx", xlsx([header, [date(2027, 1, 1), "否", "元旦"], [], ["2027年2月13日", 1]])) == expected
    text = "日期,是否工作日,说明\r\n2027/1/1,否,元旦\r\n,,\r\n2027-02-13,上班,\r\n"
    assert tablefile.read_rows("a.csv", text.encode("utf-8-sig")) == expected
    assert tablefile.read_rows("A.CSV", text.encode("gb18030")) == expected
    assert tablefile.read_rows("a.csv", tablefile.template_csv()) == []


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.xlsx", b"no zip", ["文件无法读取，请用Excel另存为xlsx后重新上传。"]),
        ("a.pdf", b"%PDF", ["请上传xlsx或csv文件。"]),
        ("a.csv", b"", ["第一行应为表头：日期、是否工作日、说明。请下载模板填写。"]),
        ("a.csv", b"\xff\xff\xff", ["文件编码无法识别，请另存为UTF-8编码的csv或xlsx。"]),
        ("a.csv", b"x" * (1024 * 1024 + 1), ["文件超过1MB，请只保留日历表后重新上传。"]),
        (
            "a.csv",
            "日期,是否工作日,说明\n2027-02-30,是,\n2027-01-01,也许,\n".encode(),
            ["第2行：日期“2027-02-30”无法识别，请写成2027-01-01。", "第3行：“是否工作日”请填“是”或“否”。"],
        ),
    ],
)
def test_the_files_that_cannot(name, data, expected):
    with pytest.raises(Refused) as caught:
        tablefile.read_rows(name, data)
    assert [str(refusal) for refusal in caught.value.refusals] == expected
