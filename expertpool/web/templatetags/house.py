"""What every template may say: article chips, deadlines, step bars, status words, Chinese dates, masked numbers."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from django import template
from django.conf import settings
from django.http import QueryDict
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from expertpool import clock
from expertpool.addresses import address
from expertpool.refusals import Refused
from expertpool.regulations import NoEditionInForce, Regulation, catalogue, printed
from expertpool.web.steps import Step
from expertpool.workdays import PROVISIONAL, WorkdayTable

register = template.Library()

WEEKDAYS = "一二三四五六日"
# A deadline on the next working day or earlier is "soon".
SOON_WORKDAYS = 1
MARKS = {"done": "✓", "now": "●", "todo": "○", "soon": "▲", "overdue": "！", "refused": "✕", "info": "ℹ", "quiet": "–"}


def regulation_of(code: str, on: date | None = None) -> Regulation | None:
    """The edition of a regulation in force on a Beijing day (default today), or None if there is none."""
    try:
        return catalogue.in_force(code, on or clock.today())
    except NoEditionInForce:
        return None


def edition_to_quote(code: str, edition_hash: str = "") -> Regulation | None:
    """The edition with this file hash; without one today's, or after a lapse the latest. None where it is not installed."""
    if not edition_hash:
        return regulation_of(code) or next(reversed(catalogue.editions(code)), None)
    try:
        return catalogue.get(code, edition_hash)
    except LookupError:
        return None


def print_article(article: str) -> str:
    """The printed form of a short article key; a key of another form is shown as it is."""
    try:
        return printed(article)
    except ValueError:
        return article


def article_anchor(article: str) -> str:
    """The id of an article on the page of the rules in force."""
    return "a-" + re.sub(r"\W+", "-", print_article(article)).strip("-")


_quotes: WeakKeyDictionary[Regulation, dict[str, str]] = WeakKeyDictionary()


def quote_in(edition: Regulation, article: str) -> str:
    """The regulation's own words under a short article key, or "" where the edition quotes none."""
    if edition not in _quotes:
        quotes: dict[str, str] = {}
        for _key, provision in edition.provisions():
            if provision.quote:
                quotes.setdefault(provision.article, provision.quote)
        # The letter of a key only separates duties within one provision: 13(2)a may borrow the words of 13(2)b.
        for key, words in list(quotes.items()):
            quotes.setdefault(print_article(key), words)
        _quotes[edition] = quotes
    found = _quotes[edition]
    return found.get(article) or found.get(print_article(article), "")


def rules_address(code: str, edition_hash: str = "") -> str:
    """The page of a regulation's rules, of one edition where its hash is given; it belongs to no pool."""
    page = address("rules", code)
    return f"{page}?{urlencode({'edition': edition_hash})}" if edition_hash else page


@register.inclusion_tag("components/chip.html", takes_context=True)
def article_chip(context: Context, regulation: str = "", article: str = "", edition_hash: str = "") -> dict[str, Any]:
    """``{% article_chip code "13(2)b" thing.rule_hash %}``: the printed article; opening it shows the quoted words.

    The words are those of the edition that the thing was decided under; without a hash, of the edition of today. An
    empty code means the regulation of the pool whose page it is. An empty article shows nothing. It is a block
    (``<details>``): put it into a ``div``, ``li`` or ``td``, not into a ``p``.
    """
    if not article:
        return {"article": ""}
    code = regulation or getattr(_pool_of(context), "regulation_code", "")
    edition = edition_to_quote(code, edition_hash) if code else None
    if edition is None:
        return {"article": print_article(article), "missing": bool(edition_hash)}
    present = edition_to_quote(code)
    of_today = present is not None and present.file_hash == edition.file_hash
    return {
        "article": print_article(article),
        "name": edition.short_name,
        "since": None if of_today else edition.effective_from,
        "quote": quote_in(edition, article),
        "address": f"{rules_address(code, '' if of_today else edition.file_hash)}#{article_anchor(article)}",
    }


def _pool_of(context: Context) -> Any:
    """The pool inside whose address the page stands, or None."""
    return getattr(context.get("request"), "pool", None)


@register.simple_tag(name="address")
def address_of(name: str, *args: Any, pool: Any = None) -> str:
    """``{% address "messages" %}``: a page of the installation; ``{% address "request" row.pk pool=row.pool %}``: of a pool.

    Inside a pool ``{% url %}`` speaks of that pool's pages; this tag leads out of it, or into another one.
    """
    return address(name, *args, pool=pool)


@register.filter
def cn_date(value: date | datetime | None) -> str:
    """``2026年11月24日``, the Beijing day of a moment; nothing for None."""
    if not value:
        return ""
    day = clock.day_of(value) if isinstance(value, datetime) else value
    return f"{day.year}年{day.month}月{day.day}日"


@register.filter
def cn_period(first: date | None, last: date | None) -> str:
    """``{{ starts_on|cn_period:ends_on }}``: 2026年11月24日至2026年11月26日, one day once; nothing without a first day."""
    return f"{cn_date(first)}至{cn_date(last)}" if first and last and last != first else cn_date(first)


@register.filter
def cn_datetime(value: datetime | None) -> str:
    """``2026年11月24日 15:30`` in Beijing time; nothing for None."""
    if not value:
        return ""
    return f"{cn_date(value)} {value.astimezone(clock.BEIJING):%H:%M}"


@dataclass(frozen=True)
class DeadlineWords:
    """A deadline as a reader sees it: ``state`` is overdue, soon or open."""

    text: str
    left: str
    state: str
    provisional: bool
    iso: str


def deadline_words(moment: datetime, table: WorkdayTable | None) -> DeadlineWords:
    """The words for a deadline at an aware moment; without the year's table calendar days are counted, marked 暂定."""
    local = moment.astimezone(clock.BEIJING)
    at_midnight = (local.hour, local.minute) == (0, 0)
    # 24:00 of a day is the first moment of the next one.
    day = local.date() - timedelta(days=1) if at_midnight else local.date()
    hour = "24:00" if at_midnight else f"{local:%H:%M}"
    text = _("%(day)s（周%(weekday)s）%(hour)s 截止") % {"day": cn_date(day), "weekday": WEEKDAYS[day.weekday()], "hour": hour}
    today = clock.today()
    try:
        if table is None:
            raise LookupError
        days = table.workdays_left(today, day)
        provisional = any(table.years.get(year) == PROVISIONAL for year in range(min(today, day).year, max(today, day).year + 1))
        unit = _("个工作日")
    except (Refused, LookupError):
        days, provisional, unit = (day - today).days, True, _("天（自然日）")
    if moment <= clock.now():
        over = _("已逾期 %(n)s %(unit)s") % {"n": abs(days), "unit": unit} if days else _("已逾期")
        return DeadlineWords(text, over, "overdue", provisional, local.isoformat())
    if today == day:
        return DeadlineWords(text, _("今天截止"), "soon", provisional, local.isoformat())
    hours = (moment - clock.now()) // timedelta(hours=1)
    if hours < 48 and not at_midnight:
        return DeadlineWords(text, _("还剩 %(n)s 小时") % {"n": hours}, "soon", provisional, local.isoformat())
    left = _("还剩 %(n)s %(unit)s") % {"n": days, "unit": unit}
    return DeadlineWords(text, left, "soon" if days <= SOON_WORKDAYS else "open", provisional, local.isoformat())


def _table(context: Context) -> WorkdayTable | None:
    """The table of working days, read once a page."""
    from expertpool.workcalendar.services import table  # the tag library is loaded before the models are

    holder = context.get("request") or context.render_context
    known = getattr(holder, "_house_workdays", None)
    if known is None:
        known = table()
        setattr(holder, "_house_workdays", known)  # noqa: B010
    return known


@register.inclusion_tag("components/deadline.html", takes_context=True)
def deadline(context: Context, moment: datetime | None) -> dict[str, Any]:
    """``{% deadline moment %}``: 2026年11月24日（周二）24:00 截止 · 还剩 2 个工作日; nothing for None."""
    return {"deadline": deadline_words(moment, _table(context)) if moment else None}


@register.simple_tag
def status_badge(kind: str, label: Any) -> SafeString:
    """``{% status_badge "done" "已入库" %}``: a word with a mark; kinds: done now todo soon overdue refused info quiet."""
    known = kind if kind in MARKS else "quiet"
    mark = format_html('<span class="badge__mark" aria-hidden="true">{}</span>', MARKS[known])
    return format_html('<span class="badge badge--{}">{}{}</span>', known, mark, label)


@register.inclusion_tag("components/stepbar.html", takes_context=True)
def stepbar(context: Context, steps: list[Step]) -> dict[str, Any]:
    """``{% stepbar steps %}``: the life cycle of the page's object, a list of :class:`expertpool.web.steps.Step`."""
    return {"steps": steps, "request": context.get("request")}


@register.filter
def moment_words(value: Any) -> str:
    """A day or a moment in words; a text stays as it is."""
    if isinstance(value, datetime):
        return cn_datetime(value)
    if isinstance(value, date):
        return cn_date(value)
    return str(value) if value else ""


@register.filter
def is_overdue(item: Any) -> bool:
    """Whether the deadline of a :class:`expertpool.web.waiting_item.WaitingItem` has passed."""
    return item.overdue_at(clock.now())


@register.simple_tag(takes_context=True)
def page_query(context: Context, **changes: Any) -> str:
    """``<a href="{% page_query page=3 %}">``: this page's query with some parameters changed; None removes one.

    Every change but that of the page itself goes back to the first page.
    """
    request = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)
    if "page" not in changes:
        query.pop("page", None)
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        elif isinstance(value, list | tuple):
            query.setlist(name, [str(one) for one in value])
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.filter
def mask_phone(value: str | None) -> str:
    """A phone number with its middle hidden."""
    from expertpool import masking

    return masking.mask_phone(value) if value else ""


@register.filter
def mask_id(value: str | None) -> str:
    """An ID number with its middle hidden."""
    from expertpool import masking

    return masking.mask_id_number(value) if value else ""


@register.simple_tag(takes_context=True)
def installation_name(context: Context) -> str:
    """The name of the pool inside whose address the page stands; nothing on the pages that belong to no pool."""
    return str(getattr(_pool_of(context), "name", ""))


@register.simple_tag
def is_demo() -> bool:
    """Whether the installation is the demonstration with invented data."""
    return settings.MODE == "demo"


@register.filter
def page_numbers(paginator: Any, number: int) -> list[int | None]:
    """The page numbers to link to around ``number``; None stands for a gap."""
    return [one if isinstance(one, int) else None for one in paginator.get_elided_page_range(number, on_each_side=2, on_ends=1)]
