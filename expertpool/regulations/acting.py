"""What code acts on is declared beside that code; what nobody declares, nobody does.

A function that does what an edition says bears `@acts_on("draw.drawn_by")`: the place in the schema, and where the place is a
closed list, or true or false, the values that it knows, `@acts_on("draw.modes", "random")`. A place or a value that the schema
does not have is refused when the module is imported. `gather` collects the declarations of modules, and `judged` holds an
edition against them: a provision, or a key that it gives, that no declaration covers is 尚未执行, whatever its value; a
default of the system (系统默认) that no declaration covers is none.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from functools import cache, cached_property
from types import ModuleType, NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from .schema import SYSTEM_EXCLUSIONS, Condition, ExclusionReason, Provision, RecusalGround, Regulation, Rule
from .schema.base import MEANT_WITH, keys_of, walk

_MARK = "__acts_on__"
_F = TypeVar("_F", bound=Callable[..., Any])
#: Places that stand for all of their kind: a condition or a rule may stand in several parts of a file.
_COLLECTED: dict[str, type] = {"conditions": Condition, "rules": Rule}
#: Closed lists that an annotation cannot say.
_CLOSED: dict[str, Collection[str]] = {"exclusions.code": SYSTEM_EXCLUSIONS}
#: What a provision is called and where it comes from: shown to everybody, acted on by nobody.
NAMES = frozenset(
    {"article", "quote", "readings", "note", "given", "code", "reason_code", "name", "label", "title", "number", "group", "by_hand"}
)
#: Reasons for staying out of a draw that nobody comes under unless another part of the edition is executed: its place, and
#: the value of its strategy.
_WAY_IN: Mapping[str, tuple[str, str]] = {
    "SUSPENDED": ("sanctions.on_experts", "suspension"),
    "FROZEN": ("freeze", ""),
    "EXITED": ("exits", ""),
    "TERM-ENDED": ("term", ""),
    "AGE": ("exits.grounds", "age_reached"),
    "ANNUAL-CAP": ("rotation.annual_cap", ""),
    "ROTATION": ("rotation.sit_out", ""),
    "DRAWN": ("draw.supplementary", ""),
}
Value = str | bool


class UnknownPlace(ValueError):
    """A declaration names a place or a value that the schema does not have."""


@dataclass(frozen=True)
class Declaration:
    """That a function acts on a place; values: on these of its values only, or on all where empty."""

    place: str
    values: tuple[Value, ...]
    function: Callable[..., Any]

    @property
    def name(self) -> str:
        """Module and name of the function."""
        return f"{self.function.__module__}.{self.function.__qualname__}"


def acts_on(place: str, *values: Value) -> Callable[[_F], _F]:
    """Declare that the function does what an edition says at this place. Raises UnknownPlace at once."""
    _check(place, values)

    def mark(function: _F) -> _F:
        setattr(function, _MARK, (*getattr(function, _MARK, ()), (place, values)))
        return function

    return mark


def _check(place: str, values: tuple[Value, ...]) -> None:
    known = closed_values(place)
    for value in values:
        if value not in known:
            of = f" (of {', '.join(str(one) for one in known)})" if known else ": not a closed list"
            raise UnknownPlace(f"{place} has no value {value!r}{of}")


def closed_values(place: str) -> Collection[Value]:
    """The values that a place may have, where they are a closed list; else none. Raises UnknownPlace."""
    hint = _hint(place)
    if hint is bool:
        return (True, False)
    return _CLOSED.get(place) or (get_args(hint) if get_origin(hint) is Literal else ())


def _hint(place: str) -> Any:
    """The annotation of a place, without the lists and the None around it."""
    first, *rest = place.split(".")
    cls: Any = _COLLECTED.get(first, Regulation)
    for name in rest if first in _COLLECTED else [first, *rest]:
        hints = _hints(cls) if isinstance(cls, type) and is_dataclass(cls) else {}
        if name not in hints or name in ("given", "file", "source", "paper"):
            raise UnknownPlace(f"the schema has no {place!r}")
        cls = _inner(hints[name])
    return cls


@cache
def _hints(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls)


def _inner(hint: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return _inner(next(one for one in get_args(hint) if one is not NoneType))
    if origin is tuple:
        return _inner(get_args(hint)[0])
    if origin is not None and origin is not Literal and len(get_args(hint)) == 2:
        return _inner(get_args(hint)[1])
    return hint


@dataclass(frozen=True)
class Acts:
    """What is declared."""

    declarations: tuple[Declaration, ...] = ()

    @cached_property
    def _values(self) -> dict[str, frozenset[Value] | None]:
        """The values that each place is acted on with; None: all of them."""
        found: dict[str, frozenset[Value] | None] = {}
        for one in self.declarations:
            before = found.get(one.place, frozenset())
            found[one.place] = None if not one.values or before is None else before | frozenset(one.values)
        return found

    @cached_property
    def _parts(self) -> frozenset[str]:
        return frozenset(one.place.rpartition(".")[0] for one in self.declarations)

    def on(self, place: str, value: Any = None) -> bool:
        """Whether code acts on this place, and on this value of it."""
        if place not in self._values:
            return False
        values = self._values[place]
        return values is None or (isinstance(value, str | bool) and value in values)

    def on_all(self, place: str, value: Any) -> bool:
        """The same of each word, where the value is a list of words."""
        return all(self.on(place, one) for one in _words(value))

    def on_any_of(self, place: str) -> bool:
        """Whether code acts on a provision as such, or on any key of it."""
        return place in self._values or place in self._parts


def gather(modules: Iterable[ModuleType]) -> Acts:
    """The declarations on the functions and methods that these modules define."""
    found = {}
    for module in modules:
        for function in _functions(vars(module), module.__name__):
            for place, values in getattr(function, _MARK, ()):
                found[place, values, function.__module__, function.__qualname__] = Declaration(place, values, function)
    return Acts(tuple(found.values()))


def _functions(names: Any, module: str) -> Iterator[Any]:
    for value in tuple(names.values()):
        if isinstance(value, property):
            value = value.fget
        value = getattr(value, "__func__", value)
        if getattr(value, "__module__", None) != module:
            continue
        if inspect.isclass(value):
            yield from _functions(vars(value), module)
        elif callable(value) and hasattr(value, _MARK):
            yield value


@dataclass(frozen=True)
class Judged:
    """A provision of an edition: whether code acts on it.

    missing: which of the keys that the file gives (attribute, value) nobody acts on. taken: which of those that it leaves
    out code answers with the system's default.
    """

    path: str
    provision: Provision
    executed: bool
    missing: tuple[tuple[str, Any], ...] = ()
    taken: frozenset[str] = frozenset()

    @property
    def by_hand(self) -> bool:
        """Whether people act on it, and no code is meant to."""
        return bool(getattr(self.provision, "by_hand", False))


def judged(regulation: Regulation, acts: Acts) -> tuple[Judged, ...]:
    """Every provision of an edition held against what is declared, in the order of the schema.

    What stands inside a provision that nobody acts on is not acted on either; nor is a reason for staying out of a draw that
    nobody can come under.
    """
    found: list[Judged] = []
    idle: set[int] = set()
    for path, one in regulation.provisions():
        executed = id(one) not in idle and _executed(path, one, acts)
        if not executed:
            idle.update(id(part) for _, part in walk(path, one))
        found.append(Judged(path, one, True, _missing(path, one, acts), _taken(path, one, acts)) if executed else Judged(path, one, False))
    done = frozenset(way for one in found if one.executed for way in _ways(one))
    return tuple(Judged(one.path, one.provision, False) if _closed_off(one.provision, done) else one for one in found)


def _ways(one: Judged) -> Iterator[tuple[str, str]]:
    """What may lead to a reason for staying out of a draw: the place of a provision, with and without the value of its strategy."""
    yield one.path, ""
    yield one.path, str(getattr(one.provision, one.provision.strategy_key, ""))
    if isinstance(one.provision, RecusalGround):
        yield "recusal", one.provision.reason_code


def _closed_off(provision: Provision, done: frozenset[tuple[str, str]]) -> bool:
    if not isinstance(provision, ExclusionReason):
        return False
    way = _WAY_IN.get(provision.code) if provision.code in SYSTEM_EXCLUSIONS else ("recusal", provision.code)
    return way is not None and way not in done


def place_of(path: str, provision: Provision) -> str:
    """The place that declarations name for a provision that stands at this path."""
    if isinstance(provision, Condition):
        return "conditions"
    if isinstance(provision, Rule) and "." not in path:
        return "rules"
    return path


def _executed(path: str, provision: Provision, acts: Acts) -> bool:
    if isinstance(provision, Rule) and provision.by_hand:
        return True
    place = place_of(path, provision)
    if place == "rules":
        return bool(provision.practice) and acts.on("rules.practice", provision.practice)  # type: ignore[attr-defined]
    if isinstance(provision, ExclusionReason):
        return provision.code not in SYSTEM_EXCLUSIONS or acts.on("exclusions.code", provision.code)
    strategy = provision.strategy_key
    if strategy and (value := getattr(provision, strategy)):
        return acts.on(f"{place}.{strategy}", value)
    return acts.on(place) if strategy else acts.on_any_of(place)


def _missing(path: str, provision: Provision, acts: Acts) -> tuple[tuple[str, Any], ...]:
    """What the file says in the keys of a provision, whatever it says, and nobody acts on."""
    place = place_of(path, provision)
    return tuple(
        (name, one)
        for name in keys(provision)
        if name not in NAMES and name != provision.strategy_key and name in provision.given and meant(provision, name)
        for one in _words(getattr(provision, name))
        if not acts.on(f"{place}.{name}", one)
    )


def _taken(path: str, provision: Provision, acts: Acts) -> frozenset[str]:
    place = place_of(path, provision)
    return frozenset(
        name for name in provision.defaulted if meant(provision, name) and acts.on_all(f"{place}.{name}", getattr(provision, name))
    )


def keys(provision: Provision) -> Iterator[str]:
    """The keys of a provision, but for the parts that are provisions of their own."""
    cls: type = type(provision)
    for name, hint in _hints(cls).items():
        inner = _inner(hint)
        is_part = isinstance(inner, type) and issubclass(inner, Provision)
        if name != "strategy_key" and not is_part:
            yield name


def _words(value: Any) -> tuple[Any, ...]:
    """The single words of a list of words, which are acted on one by one; anything else as a whole."""
    return value if isinstance(value, tuple) and value and isinstance(value[0], str) else (value,)


def meant(provision: Provision, name: str) -> bool:
    """Whether a key says something of its own: an article that belongs to another key does not, nor what lacks its counterpart."""
    if name.endswith("_article"):
        return not keys_of(name, provision)
    needed = MEANT_WITH.get(name, ())
    return not needed or any(getattr(provision, one, None) for one in needed)
