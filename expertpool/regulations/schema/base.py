"""What every provision has, and the words that stand in many of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, ClassVar, Literal, NoReturn, get_args

from .articles import printed
from .defaults import Default

RoleCode = Literal["recommending_unit", "employer", "expert", "office", "leader", "department", "inspector", "agency"]
ROLES: tuple[RoleCode, ...] = get_args(RoleCode)


@dataclass(frozen=True, kw_only=True)
class Provision:
    """Something a regulation says.

    article: short key of the clause table. quote: the regulation's own words, verbatim, or empty.
    readings: ids of the readings that this provision rests on. note: a remark for officials.
    """

    #: The attribute that names the provision's strategy, where it has one.
    strategy_key: ClassVar[str] = ""

    article: str
    quote: str = ""
    readings: tuple[str, ...] = ()
    note: str = ""
    # Not a key of the file: the keys that the file gives.
    given: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def printed_article(self) -> str:
        """The article as a reader knows it."""
        return printed(self.article)

    @property
    def defaulted(self) -> frozenset[str]:
        """The keys that the file leaves out and whose value is therefore the system's own (系统默认)."""
        return defaulted(self)


def defaulted(table: Any) -> frozenset[str]:
    """The keys with a system default that a table of the file does not give."""
    return frozenset(item.name for item in fields(table) if "silent" in item.metadata and item.name not in table.given)


#: What the software does everywhere, whatever the edition says, and what a rule may therefore rest on.
Practice = Literal[
    "",
    "application_form",
    "request_form",
    "completeness",
    "admitted_only",
    "record_on_admission",
    "draw_after_approval",
    "from_pool_only",
    "invitation",
    "ask_more",
    "resignation",
    "participation_count",
    "marks",
    "one_office",
    "separation",
    "access_by_duty",
    "need_to_know",
    "mask",
    "access_ends",
    "trail",
    "dossier",
    "inspector_read",
    "watch",
]


@dataclass(frozen=True, kw_only=True)
class Rule(Provision):
    """A provision that is described and recorded as it stands (rights, security, sharing, supervision).

    practice: which general practice of the software carries it out; empty: none does. by_hand: people act on it, no
    code is meant to.
    """

    strategy_key: ClassVar[str] = "practice"

    code: str
    name: str
    practice: Practice = ""
    by_hand: bool = False


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One value of a closed list on a form. needs_text: an explanation must be given with it."""

    code: str
    name: str
    needs_text: bool = False


@dataclass(frozen=True, kw_only=True)
class Said:
    """What an edition says about one thing.

    article: where; empty for a default. given: False: the paper does not say it, and
    `default` is what the system takes and why (系统默认).
    """

    value: Any
    article: str
    given: bool
    default: Default | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        """The value as roles; empty where nobody is named."""
        if self.value is None:
            return ()
        return (self.value,) if isinstance(self.value, str) else tuple(self.value)


Fail = Callable[[str, str], NoReturn]
#: Parameters of a closed list of strategies: strategy: (required, optional).
Parameters = Mapping[Any, tuple[frozenset[str], frozenset[str]]]
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")


def walk(path: str, value: Any) -> Iterator[tuple[str, Provision]]:
    """Every provision at and under a value as (dotted path without indexes, provision), outer ones first."""
    if isinstance(value, Provision):
        yield path, value
    if is_dataclass(value):
        for item in fields(value):
            yield from walk(f"{path}.{item.name}", getattr(value, item.name))
    elif isinstance(value, tuple):
        for one in value:
            yield from walk(path, one)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from walk(path, one)


def parts(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every table at and under a value as (dotted path with indexes, table), outer ones first."""
    if is_dataclass(value):
        yield path, value
        for item in fields(value):
            yield from parts(getattr(value, item.name), f"{path}.{item.name}" if path else item.name)
    elif isinstance(value, tuple):
        for index, one in enumerate(value, 1):
            yield from parts(one, f"{path}[{index}]")
    elif isinstance(value, Mapping):
        for code, one in value.items():
            yield from parts(one, f"{path}.{code}")


def without_indexes(path: str) -> str:
    """A dotted path without its indexes."""
    return re.sub(r"\[\d+\]", "", path)


#: Keys that say something only where one of these does.
MEANT_WITH: Mapping[str, Collection[str]] = {
    "waiver_approver": ("waivable",),
    "waiver_article": ("waivable",),
    "ban_from": ("ban_years", "ban_lifetime"),
    "overall_grade": ("grade_each",),
}


def keys_of(article: str, provision: Provision) -> tuple[str, ...]:
    """The keys of a provision that one of its articles is given for: `drawn_by` for `drawn_by_article`, `kept_by` for `kept_article`."""
    stem = article.removesuffix("article")
    own = (item.name for item in fields(provision) if item.name not in _EVERYWHERE and not item.name.endswith("article"))
    return tuple(name for name in own if name.startswith((stem, stem[:-1])))


_EVERYWHERE = frozenset({"quote", "readings", "note", "given"})


def check_together(regulation: Any, fail: Fail) -> None:
    """A key that says something only beside another one stands beside it: an approver of what cannot be waived, an article of nothing."""
    for path, one in parts(regulation):
        if not isinstance(one, Provision):
            continue
        for name in sorted(one.given):
            needed = MEANT_WITH.get(name, ())
            if needed and not any(getattr(one, other) for other in needed):
                fail(f"{path}.{name}", f"没有写明 {'、'.join(needed)}，用不到这一项")
            keys = keys_of(name, one) if name.endswith("_article") and not needed else ()
            if keys and one.given.isdisjoint(keys):
                fail(f"{path}.{name}", f"写了依据，却没有写明所依据的内容：{'、'.join(keys)}")


def check_code(code: str, key: str, fail: Fail) -> None:
    """A code is made of letters, digits, hyphens and underscores."""
    if not _CODE.match(code):
        fail(key, f"代码“{code}”只能用字母、数字、连字符和下划线")


def check_lists(regulation: Any, fail: Fail) -> None:
    """In every array of tables each code, name and label once; codes well written."""
    for path, table in parts(regulation):
        for item in fields(table):
            entries = getattr(table, item.name)
            for key, word in (("code", "代码"), ("name", "名称"), ("label", "名称")):
                seen: set[str] = set()
                for index, one in enumerate(entries if isinstance(entries, tuple) else (), 1):
                    if (value := getattr(one, key, None)) is None:
                        continue
                    where = f"{path}.{item.name}[{index}].{key}" if path else f"{item.name}[{index}].{key}"
                    if key == "code":
                        check_code(value, where, fail)
                    if value in seen:
                        fail(where, f"{word}“{value}”重复")
                    seen.add(value)


def check_parameters(item: Any, strategy: str | None, table: Parameters, key: str, fail: Fail) -> None:
    """The parameters that a strategy needs are there, and no others."""
    required, optional = table[strategy]
    every = frozenset().union(*(one | other for one, other in table.values()))
    for name in sorted(every):
        present = getattr(item, name) not in (None, "", ())
        if present and name not in required | optional:
            fail(f"{key}.{name}", f"“{strategy or '没有触发条件的事项'}”用不到这一项")
        if not present and name in required:
            fail(f"{key}.{name}", f"“{strategy}”缺少这一项")
