"""Dates, deadlines, chips, status words, step bars, paging and the base of forms."""

import re
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django import forms
from django.db import connection
from django.template import Context, Template
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from expertpool import clock
from expertpool.accounts.models import Organisation
from expertpool.refusals import Refusal
from expertpool.regulations import catalogue
from expertpool.web.forms import HouseForm
from expertpool.web.paging import page_of
from expertpool.web.steps import DONE, NOW, Step
from expertpool.web.templatetags.house import (
    article_anchor,
    cn_date,
    cn_datetime,
    cn_period,
    deadline_words,
    edition_to_quote,
    print_article,
    quote_in,
)
from expertpool.workdays import WorkdayTable

# 2026-11-20 is a Friday.
FRIDAY = date(2026, 11, 20)
TABLE = WorkdayTable({2026: "official", 2027: "provisional"})


def render(source, **context):
    return Template(source).render(Context(context))


def test_days_and_moments_are_beijing_ones():
    moment = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
    assert (cn_date(moment), cn_datetime(moment), cn_date(FRIDAY), cn_date(None)) == (
        "2026年11月25日",
        "2026年11月25日 00:30",
        "2026年11月20日",
        "",
    )


def test_a_period_of_one_day_is_one_date():
    assert [cn_period(FRIDAY, last) for last in (FRIDAY, None, date(2026, 11, 22))] == [
        "2026年11月20日",
        "2026年11月20日",
        "2026年11月20日至2026年11月22日",
    ]
    assert cn_period(None, None) == ""


def test_an_empty_choice_says_what_to_do():
    class Form(HouseForm):
        organisation = forms.ModelChoiceField(Organisation.objects.none())
        kind = forms.ChoiceField(choices=[("", "---------"), ("a", "甲")])

    form = Form()
    assert (form.fields["organisation"].empty_label, form.fields["kind"].choices) == ("请选择", [("", "请选择"), ("a", "甲")])


@pytest.mark.parametrize(
    ("due", "table", "text", "left", "state", "provisional"),
    [
        (clock.end_of(date(2026, 11, 24)), TABLE, "2026年11月24日（周二）24:00 截止", "还剩 2 个工作日", "open", False),
        (clock.end_of(date(2026, 11, 23)), TABLE, "2026年11月23日（周一）24:00 截止", "还剩 1 个工作日", "soon", False),
        (clock.end_of(FRIDAY), TABLE, "2026年11月20日（周五）24:00 截止", "今天截止", "soon", False),
        (datetime(2026, 11, 20, 7, 30, tzinfo=UTC), TABLE, "2026年11月20日（周五）15:30 截止", "今天截止", "soon", False),
        (datetime(2026, 11, 20, 1, 0, tzinfo=UTC), TABLE, "2026年11月20日（周五）09:00 截止", "已逾期", "overdue", False),
        (clock.end_of(date(2026, 11, 18)), TABLE, "2026年11月18日（周三）24:00 截止", "已逾期 2 个工作日", "overdue", False),
        (clock.end_of(date(2027, 1, 4)), TABLE, "2027年1月4日（周一）24:00 截止", "还剩 31 个工作日", "open", True),
        (clock.end_of(date(2028, 1, 3)), TABLE, "2028年1月3日（周一）24:00 截止", "还剩 409 天（自然日）", "open", True),
        (clock.end_of(date(2026, 11, 24)), None, "2026年11月24日（周二）24:00 截止", "还剩 4 天（自然日）", "open", True),
    ],
)
def test_a_deadline_says_day_hour_and_what_is_left(due, table, text, left, state, provisional):
    with clock.frozen(FRIDAY):
        words = deadline_words(due, table)
    assert (words.text, words.left, words.state, words.provisional) == (text, left, state, provisional)


@pytest.mark.django_db
def test_deadlines_of_a_page_read_the_calendar_once(rf):
    due = [clock.end_of(date(2026, 11, day)) for day in range(20, 30)]
    source = "{% for one in due %}{% deadline one %}{% endfor %}"
    counts = []
    with clock.frozen(FRIDAY):
        render(source, due=due[:1], request=rf.get("/"))
        for some in (due[:1], due):
            with CaptureQueriesContext(connection) as queries:
                render(source, due=some, request=rf.get("/"))
            counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_a_deadline_of_none_is_nothing():
    assert render("{% deadline none %}", none=None).strip() == ""


def test_articles_are_printed_and_quoted():
    with clock.frozen(FRIDAY):
        edition = edition_to_quote("xinjiang-2025")
    assert quote_in(edition, "13(2)b") == "按不低于所需专家数量3倍的比例在专家库随机抽取候选专家名单"
    assert (quote_in(edition, "99"), edition_to_quote("no-such-code")) == ("", None)
    assert (print_article("13(2)b"), print_article("附表1"), print_article("what is this")) == (
        "第十三条第（二）项",
        "附表1",
        "what is this",
    )
    assert article_anchor("13(2)a") == article_anchor("13(2)b")


def test_a_chip_shows_the_words_and_an_empty_article_nothing():
    with clock.frozen(FRIDAY):
        chip = render('{% article_chip "xinjiang-2025" "13(2)b" %}')
    shown = ("<details", "第十三条第（二）项", "按不低于所需专家数量3倍", 'href="/rules/xinjiang-2025/#')
    assert [words in chip for words in shown] == [True] * 4
    assert render('{% article_chip "" "" %}').strip() == ""


@pytest.fixture
def two_editions(regulations_folder):
    """The regulation of Jiaozuo as a deployment's own, in an edition until 2025 that quotes otherwise, and one from 2026."""
    source = next(catalogue.BUILT_IN.glob("jiaozuo-2024/*.toml")).read_text().replace('"jiaozuo-2024"', '"own-2025"')
    [edition] = catalogue.editions("jiaozuo-2024")
    key, quote = next((one.article, one.quote) for _path, one in edition.provisions() if one.quote and source.count(f'"{one.quote}"') == 1)
    first = f"effective_from = {edition.effective_from.isoformat()}"
    last = re.search(r"^effective_to = .*$", source, re.M)
    old = source.replace(last[0], "effective_to = 2025-12-31") if last else source.replace(first, f"{first}\neffective_to = 2025-12-31")
    new = source.replace(first, "effective_from = 2026-01-01").replace(f'"{quote}"', '"新版的原文"')
    if last:
        new = new.replace(last[0], "effective_to = 2030-12-31")
    folder = regulations_folder / "own-2025"
    folder.mkdir()
    (folder / f"{edition.effective_from.isoformat()}.toml").write_text(old)
    (folder / "2026-01-01.toml").write_text(new)
    catalogue.clear_cache()
    before, after = catalogue.editions("own-2025")
    return key, quote, before, after


def test_a_chip_quotes_the_edition_that_was_decided_under_and_leads_to_it(two_editions):
    key, quote, before, after = two_editions
    tag = "{% article_chip code article edition %}"
    with clock.frozen(FRIDAY):
        of_then = render(tag, code="own-2025", article=key, edition=before.file_hash)
        of_today = render(tag, code="own-2025", article=key, edition=after.file_hash)
        plain = render("{% article_chip code article %}", code="own-2025", article=key)
    assert (quote in of_then, "新版的原文" in of_then, f"?edition={before.file_hash}#" in of_then) == (True, False, True)
    assert (quote in of_today, "新版的原文" in of_today, "?edition=" in of_today, of_today == plain) == (False, True, False, True)


def test_a_chip_of_an_edition_that_is_not_installed_quotes_nothing_and_says_so():
    with clock.frozen(FRIDAY):
        chip = render('{% article_chip "xinjiang-2025" "13(2)b" "0000" %}')
    assert ("第十三条第（二）项" in chip, "按不低于" in chip, "没有安装" in chip) == (True, False, True)


def test_inside_a_pool_a_chip_without_a_code_is_of_its_regulation(rf):
    request = rf.get("/")
    request.pool = SimpleNamespace(regulation_code="xinjiang-2025", name="某专家库")
    with clock.frozen(FRIDAY):
        assert "按不低于所需专家数量3倍" in render('{% article_chip "" "13(2)b" %}', request=request)
    assert render("{% installation_name %}", request=request) == "某专家库"
    assert render("{% installation_name %}") == ""


def test_an_address_leads_out_of_a_pool_and_into_another():
    source = '{% address "messages" %} {% address "message" 5 %} {% address "home" pool=pool %}'
    assert render(source, pool=SimpleNamespace(code="B")) == "/messages/ /messages/5/ /p/B/"


def test_a_status_is_a_word_and_a_mark_and_escapes_what_it_is_given():
    assert render('{% status_badge "overdue" label %}', label="<逾期>") == (
        '<span class="badge badge--overdue"><span class="badge__mark" aria-hidden="true">！</span>&lt;逾期&gt;</span>'
    )


def test_a_step_bar_says_who_and_when():
    steps = [Step("提交申请", DONE, "王建国", datetime(2026, 11, 19, 2, 0, tzinfo=UTC)), Step("处室审核", NOW, "管理处室"), Step("抽取")]
    bar = render("{% stepbar steps %}", steps=steps)
    assert [words in bar for words in ("王建国", "2026年11月19日 10:00", 'aria-current="step"', "（未开始）")] == [True] * 4


@pytest.mark.parametrize(
    ("tag", "query"),
    [
        ("{% page_query page=3 %}", "?q=%E7%8E%8B&page=3"),
        ("{% page_query q='' %}", "?"),
        ("{% page_query state='open' %}", "?q=%E7%8E%8B&state=open"),
    ],
)
def test_filters_stay_in_the_address(tag, query):
    request = RequestFactory().get("/", {"q": "王", "page": "2"})
    assert render("{% autoescape off %}" + tag + "{% endautoescape %}", request=request) == query


@pytest.mark.parametrize(("asked", "number"), [(None, 1), ("2", 2), ("99", 4), ("x", 1)])
def test_a_page_is_always_a_page(asked, number):
    request = RequestFactory().get("/", {"page": asked} if asked else {})
    assert page_of(request, list(range(100))).number == number


class ActivityForm(HouseForm):
    title = forms.CharField(label="项目名称", help_text="与立项文件一致")
    day = forms.DateField(label="活动日期", required=False)


def test_refusals_of_a_service_stand_at_their_field_and_in_the_summary():
    form = ActivityForm({"title": "某项目"})
    assert form.is_valid()
    form.add_refusals(
        [Refusal("late", "请改选日期。", "13(2)b", "xinjiang-2025", "day"), Refusal("few", "专家不足。", "12", "xinjiang-2025", "unknown")]
    )
    assert (form.is_valid(), form.errors["day"], form.non_field_errors()) == (False, ["请改选日期。"], ["专家不足。"])
    assert [(line.text, line.target, line.article) for line in form.error_summary] == [
        ("专家不足。", "", "12"),
        ("请改选日期。", "id_day", "13(2)b"),
    ]
    with clock.frozen(FRIDAY):
        summary = render('{% include "components/form_errors.html" %}', form=form)
    assert [words in summary for words in ('href="#id_day"', "第十三条第（二）项", "第十二条")] == [True] * 3


def test_a_field_has_its_label_above_its_help_and_its_error_described():
    page = str(ActivityForm({"title": ""}))
    assert page.index("项目名称") < page.index("与立项文件一致") < page.index("<input")
    assert 'aria-describedby="id_title_helptext id_title_error"' in page
    assert (page.count('id="id_title_helptext"'), page.count('id="id_title_error"')) == (1, 1)
    assert '<input type="date" name="day"' in page
