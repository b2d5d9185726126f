"""No key of the schema says something in silence: what a file gives is acted on, or listed as 尚未执行, or refused."""

from __future__ import annotations

import ast
import dataclasses
import re
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings

from expertpool.regulations import Regulation, catalogue, schema
from expertpool.regulations.acting import NAMES, Acts, Declaration, closed_values, judged, keys
from expertpool.regulations.explain import defaults, describe
from expertpool.regulations.schema import Condition, Labels, Provision
from expertpool.regulations.schema.base import MEANT_WITH, keys_of
from expertpool.rooms import declared

EDITIONS = {one.code: one for one in catalogue.editions()}
#: Keys of the whole file that are shown at its head (`describe`), or that are parts with provisions of their own.
SHOWN_AT_THE_HEAD = (
    *("code", "name", "issuer", "document_number", "managing_body", "status"),
    *("effective_from", "effective_to", "effective_article", "effective_note", "fields_article"),
)


def act() -> None:
    """Stands for the code that a declaration names."""


def acts(*places: str) -> Acts:
    return Acts(tuple(Declaration(place, (), act) for place in places))


def provision_classes() -> list[type[Provision]]:
    return [one for one in vars(schema).values() if isinstance(one, type) and issubclass(one, Provision) and one is not Provision]


def own_keys() -> Iterator[tuple[type[Provision], str]]:
    for cls in provision_classes():
        for name in keys(cls.__new__(cls)):
            if name not in NAMES and name != cls.strategy_key:
                yield cls, name


def saying(cls: type[Provision], name: str) -> Provision:
    """A provision whose file gives this one key, and says the least in it: false, nothing, an empty text."""
    hint = str(typing.get_type_hints(cls)[name])
    least = False if "bool" in hint else 0 if "int" in hint else "" if "str" in hint and "tuple" not in hint else "x"
    rest = {item.name: None for item in dataclasses.fields(cls) if item.default is item.default_factory is dataclasses.MISSING}
    partners = dict.fromkeys(MEANT_WITH.get(name, ())[:1], True)
    return cls(**{**rest, **partners, cls.strategy_key or "note": "s", name: least, "given": frozenset({name})})


@pytest.mark.parametrize(("cls", "name"), list(own_keys()), ids=lambda one: getattr(one, "__name__", one))
def test_a_key_that_a_file_gives_and_nobody_acts_on_is_listed_whatever_it_says(cls: type[Provision], name: str) -> None:
    provision = saying(cls, name)
    place = "conditions" if cls is Condition else "here"
    edition = SimpleNamespace(provisions=lambda: [("here", provision)])
    known = acts(place, f"{place}.{cls.strategy_key}", "rules.practice", "exclusions.code")
    [one] = judged(typing.cast(Regulation, edition), known)
    belongs = name.endswith("_article") and keys_of(name, provision)
    assert (one.executed, [key for key, _ in one.missing]) == (True, [] if belongs else [name])


def test_whose_article_it_is_stands_beside_it_or_the_file_is_refused() -> None:
    """The other half: an article is not listed by itself, so its key must be (the loader sees to it)."""
    articles = [(cls, name) for cls, name in own_keys() if name.endswith("_article") and keys_of(name, cls.__new__(cls))]
    assert len(articles) > 40
    listed = [(cls, key) for cls, name in articles for key in keys_of(name, cls.__new__(cls))]
    assert [one for one in listed if one not in set(own_keys())] == []


@cache
def read_in_the_house() -> frozenset[str]:
    """Every attribute that code or a template asks for, but for the regulations' reading of themselves, and every string in code."""
    root = Path(settings.BASE_DIR)
    apart = {"tests", "demo", "tools", "migrations", "regulations", ".venv"}
    files = [path for top in ("expertpool", "experts", "selection", "evaluation", "templates") for path in (root / top).rglob("*.*")]
    found: set[str] = set()
    for path in files:
        if path.suffix == ".py" and not apart & set(path.relative_to(root).parts):
            found |= _asked_for(path, "*")
        elif path.suffix == ".html":
            tags = " ".join(re.findall(r"\{[{%](.*?)[%}]\}", path.read_text(encoding="utf-8")))
            found |= set(re.findall(r"\.(\w+)", tags))
    for path in Path(schema.__path__[0]).glob("*.py"):
        found |= _asked_for(path, "self")
    return frozenset(found)


def _asked_for(path: Path, of: str) -> set[str]:
    """The attributes that a module asks for, of anything or of this name alone; of anything: the strings that it compares or calls with too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    declarations = {arg for node in ast.walk(tree) if _is_declaration(node) for arg in ast.walk(node)}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (of == "*" or (isinstance(node.value, ast.Name) and node.value.id == of)):
            found.add(node.attr)
        if of == "*" and isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in declarations:
            found.add(node.value)
    return found


def _is_declaration(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "acts_on"


def is_read(place: str) -> bool:
    """Whether the key is read somewhere: as an attribute, by its path (a duty, `said`), or by a method of its own table."""
    return not {place, place.rpartition(".")[2]}.isdisjoint(read_in_the_house())


def whole_keys() -> list[str]:
    """Places that are declared without saying which values, and that have more than one."""
    found = []
    for one in declared().declarations:
        part = one.place.rpartition(".")[0]
        is_part = any(path == one.place for edition in EDITIONS.values() for path, _ in edition.provisions())
        if part and not one.values and not is_part and len(closed_values(one.place)) != 1:
            found.append(one.place)
    return sorted(set(found))


@pytest.mark.parametrize("place", whole_keys())
def test_what_is_declared_for_every_value_is_read(place: str) -> None:
    """A key that no line of the code reads cannot be obeyed: where only one value is, the declaration names it."""
    assert is_read(place)


@pytest.mark.parametrize("name", [item.name for item in dataclasses.fields(Labels)])
def test_each_label_is_printed_somewhere(name: str) -> None:
    assert name in schema.ROLES or name in read_in_the_house()


def test_each_key_of_the_whole_file_is_shown_or_acted_on() -> None:
    scalars = []
    for item in dataclasses.fields(Regulation):
        hint = str(typing.get_type_hints(Regulation)[item.name])
        if "schema" not in hint and item.name not in ("given", "file", "source", "paper"):
            scalars.append(item.name)
    acted = {one.place for one in declared().declarations}
    assert [name for name in scalars if name not in (*SHOWN_AT_THE_HEAD, "short_name") and name not in acted] == []
    xinjiang = EDITIONS["xinjiang-2025"]
    head = describe(xinjiang, Acts()).split("一、逐条说明")[0]
    shown = (xinjiang.name, xinjiang.issuer, xinjiang.managing_body, xinjiang.effective_note, "代码：xinjiang-2025", "版本：2025-04-21")
    shown += ("状态：已发布", "自2025年4月21日至2027年5月20日（第二十一条）", "专业领域可以增加：是（附表1注）")
    assert [words for words in shown if words not in head] == []
    assert "文号：新工信〔2021〕70号" in describe(EDITIONS["xinxian-2021"], Acts())
    assert is_read("short_name")


@pytest.mark.parametrize("code", EDITIONS)
def test_a_default_is_printed_only_where_code_acts_on_it(code: str) -> None:
    """系统默认 of what nobody does would be a claim of its own (doubts, opinions, notice before a term ends)."""
    edition, acted = EDITIONS[code], declared()
    verdicts: dict[str, list[bool]] = {}
    for one in judged(edition, acted):
        verdicts.setdefault("conditions" if isinstance(one.provision, Condition) else one.path, []).append(one.executed)
    printed = [one.path for one in defaults(edition, acted)]
    assert len(printed) > 20
    assert [path for path in printed if path not in {one.place for one in acted.declarations}] == []
    assert [path for path in printed if not any(verdicts.get(path.rpartition(".")[0], [True]))] == []
    assert [one.path for one in defaults(edition, Acts())] == []
