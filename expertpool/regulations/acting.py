"""What code acts on is declared beside that code; what nobody declares, nobody does.

A function that does what an edition says bears `@acts_on("draw.drawn_by")`: the place in the schema, and where the place is a
closed list the values that it knows, `@acts_on("draw.modes", "random")`. A place or a value that the schema does not have is
refused when the module is imported. `gather` collects the declarations of modules, and `judged` holds an edition
against them: a provision or a key of it that no declaration covers is 尚未执行.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, cached_property
from types import ModuleType, NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from .schema import SYSTEM_EXCLUSIONS, Condition, ExclusionReason, Provision, Regulation, Rule
from .schema.base import walk

_MARK = "__acts_on__"
_F = TypeVar("_F", bound=Callable[..., Any])
#: Places that stand for all of their kind: a condition or a rule may stand in several parts of a file.
_COLLECTED: dict[str, type] = {"conditions": Condition, "rules": Rule}
#: Closed lists that an annotation cannot say.
_CLOSED: dict[str, Collection[str]] = {"exclusions.code": SYSTEM_EXCLUSIONS}
#: What a provision is called and where it comes from: read by everybody, acted on by nobody.
_NAMES = frozenset(
    {
        *("article", "quote", "readings", "note", "defaulted", "code", "reason_code", "name", "label", "title", "number", "group"),
        *("decided_name", "approved_name", "by_hand"),
    }
)
#: Keys that mean something only together with one of these.
_MEANT_WITH = {"waiver_approver": ("waivable",), "ban_from": ("ban_years", "ban_lifetime"), "overall_grade": ("grade_each",)}


class UnknownPlace(ValueError):
    """A declaration names a place or a value that the schema does not have."""


@dataclass(frozen=True)
class Declaration:
    """That a function acts on a place; values: on these of its values only, or on all where empty."""

    place: str
    values: tuple[str, ...]
    function: Callable[..., Any]

    @property
    def name(self) -> str:
        """Module and name of the function."""
        return f"{self.function.__module__}.{self.function.__qualname__}"


def acts_on(place: str, *values: str) -> Callable[[_F], _F]:
    """Declare that the function does what an edition says at this place. Raises UnknownPlace at once."""
    _check(place, values)

    def mark(function: _F) -> _F:
        setattr(function, _MARK, (*getattr(function, _MARK, ()), (place, values)))
        return function

    return mark


def _check(place: str, values: tuple[str, ...]) -> None:
    hint = _hint(place)
    known = _CLOSED.get(place) or get_args(hint) if get_origin(hint) is Literal or place in _CLOSED else ()
    for value in values:
        if value not in known:
            raise UnknownPlace(f"{place} has no value {value!r}" + (f" (of {', '.join(known)})" if known else ": not a closed list"))


def _hint(place: str) -> Any:
    """The annotation of a place, without the lists and the None around it."""
    first, *rest = place.split(".")
    cls: Any = _COLLECTED.get(first, Regulation)
    for name in rest if first in _COLLECTED else [first, *rest]:
        hints = _hints(cls) if isinstance(cls, type) and is_dataclass(cls) else {}
        if name not in hints or name in ("defaulted", "file", "source", "paper"):
            raise UnknownPlace(f"the schema has no {place!r}")
        cls = _inner(hints[name])
    return cls


@cache
def _hints(cls: type) -> dict[str, Any]:
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
    def _values(self) -> dict[str, frozenset[str] | None]:
        """The values that each place is acted on with; None: all of them."""
        found: dict[str, frozenset[str] | None] = {}
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
        return values is None or (isinstance(value, str) and value in values)

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
    """A provision of an edition: whether code acts on it, and which of its keys (attribute, value) nobody acts on."""

    path: str
    provision: Provision
    executed: bool
    missing: tuple[tuple[str, Any], ...] = ()


def judged(regulation: Regulation, acts: Acts) -> tuple[Judged, ...]:
    """Every provision of an edition held against what is declared, in the order of the schema.

    What stands inside a provision that nobody acts on is not acted on either.
    """
    found: list[Judged] = []
    idle: set[int] = set()
    for path, one in regulation.provisions():
        executed = id(one) not in idle and _executed(path, one, acts)
        if not executed:
            idle.update(id(part) for _, part in walk(path, one))
        found.append(Judged(path, one, executed, _missing(path, one, acts) if executed else ()))
    return tuple(found)


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
    place = place_of(path, provision)
    found: list[tuple[str, Any]] = []
    for item in fields(provision):
        value = getattr(provision, item.name)
        if item.name in _NAMES or item.name == provision.strategy_key or not value or not meant(provision, item.name):
            continue
        if isinstance(value, Provision) or (isinstance(value, tuple) and isinstance(value[0], Provision)):
            continue
        key = f"{place}.{item.name}"
        if isinstance(value, tuple) and isinstance(value[0], str):
            found += [(item.name, one) for one in value if not acts.on(key, one)]
        elif not acts.on(key, value):
            found.append((item.name, value))
    return tuple(found)


def meant(provision: Provision, name: str) -> bool:
    """Whether a key says something of its own: an article that belongs to another key does not."""
    if name.endswith("_article"):
        stem = name.removesuffix("article")
        return not any(item.name.startswith((stem, stem[:-1])) for item in fields(provision) if item.name != name)
    needed = _MEANT_WITH.get(name, ())
    return not needed or any(getattr(provision, one, None) for one in needed)
