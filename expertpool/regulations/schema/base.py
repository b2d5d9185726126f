"""What every provision has, and the words that stand in many of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
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
    # Not a key of the file: the keys that the file leaves out and whose value is therefore the system's own.
    defaulted: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def printed_article(self) -> str:
        """The article as a reader knows it."""
        return printed(self.article)


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


def check_code(code: str, key: str, fail: Fail) -> None:
    """A code is made of letters, digits, hyphens and underscores."""
    if not _CODE.match(code):
        fail(key, f"代码“{code}”只能用字母、数字、连字符和下划线")


def check_codes(value: Any, path: str, fail: Fail) -> None:
    """Every array of things with a code, at any depth: each code once, and well written."""
    if is_dataclass(value):
        for item in fields(value):
            check_codes(getattr(value, item.name), f"{path}.{item.name}" if path else item.name, fail)
    elif isinstance(value, tuple):
        seen: set[str] = set()
        for index, one in enumerate(value, 1):
            if (code := getattr(one, "code", None)) is not None:
                check_code(code, f"{path}[{index}].code", fail)
                if code in seen:
                    fail(f"{path}[{index}].code", f"代码“{code}”重复")
                seen.add(code)
            check_codes(one, f"{path}[{index}]", fail)


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


def check_positive(number: int | None, key: str, fail: Fail) -> None:
    """A number that is given is more than nothing."""
    if number == 0:
        fail(key, "应大于 0")
