"""Builds dataclasses from tables, following their annotations: the grammar of a regulation's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

from .schema import ExclusionReason, Regulation, printed
from .schema.base import without_indexes
from .schema.paper import folded

_TYPE_NAMES: dict[type, str] = {
    str: "文字",
    int: "整数",
    bool: "true 或 false",
    date: "日期",
    datetime: "日期时间",
    float: "小数",
    dict: "表",
    list: "数组",
}
#: Attributes that are no keys of the file.
_NOT_IN_FILE = {Regulation: {"file", "source", "paper", "given"}, ExclusionReason: {"code", "given"}}
#: Keys whose number may be nothing, and arrays that may be empty: that says something. Elsewhere it is a slip of the pen.
_MAY_BE_ZERO = frozenset({"low", "high", "lookback_months", "warn_days", "lapse_warn_days", "watchers_required", "minimum"})
_MAY_BE_EMPTY = frozenset({"request.approvals", "request.required_fields", "draw.watched_by", "management.read_by"})
#: A quote that is shorter stands in any article. Characters, without whitespace.
_SHORTEST_QUOTE = 4


class RegulationError(ValueError):
    """A regulation file is not usable. file: its name; key: dotted path; reason: Chinese, for an official."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        self.file = file
        self.key = key
        self.reason = reason
        super().__init__(f"{file}：{key}：{reason}" if key else f"{file}：{reason}")


@cache
def hints(cls: type) -> Mapping[str, Any]:
    """The annotations of a class, resolved."""
    return get_type_hints(cls)


@dataclass(frozen=True)
class Reader:
    """Reads the tables of one file."""

    file: str

    def fail(self, key: str, reason: str) -> NoReturn:
        raise RegulationError(self.file, key, reason)

    def build(self, cls: Any, table: Any, path: str, **given: Any) -> Any:
        """An instance of `cls` from a table. given: attributes that are not written as keys."""
        if not isinstance(table, dict):
            self.fail(path, f"应为表，写成了{self._type_of(table)}")
        allowed = {item.name: item for item in fields(cls) if item.name not in _NOT_IN_FILE.get(cls, {"given"})}
        for key in table:
            if key not in allowed:
                self.fail(join(path, key), f"没有这个键；这里可用的键：{'、'.join(allowed)}")
        values = dict(given)
        for name, item in allowed.items():
            if name in table:
                values[name] = self.value(hints(cls)[name], table[name], join(path, name))
            elif item.default is MISSING and item.default_factory is MISSING:
                self.fail(join(path, name), "缺少条款号" if name == "article" else "缺少这一项")
        if "given" in hints(cls):
            values["given"] = frozenset(table)
        for name in table:
            if name == "article" or name.endswith("_article"):
                self._article(values[name], join(path, name))
            if name == "quote" and len(folded(values[name])) < _SHORTEST_QUOTE:
                self.fail(join(path, name), f"引文太短，至少{_SHORTEST_QUOTE}个字")
        return cls(**values)

    def value(self, hint: Any, raw: Any, path: str) -> Any:
        """A value of a TOML file as the annotation wants it."""
        origin = get_origin(hint)
        if origin in (Union, UnionType):
            (inner,) = (one for one in get_args(hint) if one is not NoneType)
            return self.value(inner, raw, path)
        if origin is Literal:
            known = [one for one in get_args(hint) if one]
            if raw not in known or isinstance(raw, bool):
                self.fail(path, f"不认识“{raw}”；可用：{'、'.join(known)}")
            return raw
        if origin is tuple:
            if not isinstance(raw, list):
                self.fail(path, f"应为数组，写成了{self._type_of(raw)}")
            if not raw and without_indexes(path) not in _MAY_BE_EMPTY:
                self.fail(path, "不能为空；办法没有规定的，不写这一项")
            for index, one in enumerate(raw):
                if isinstance(one, str) and one in raw[:index]:
                    self.fail(path, f"“{one}”重复")
            return tuple(self.value(get_args(hint)[0], one, f"{path}[{i}]") for i, one in enumerate(raw, 1))
        if origin is not None and issubclass(origin, Mapping):
            if not isinstance(raw, dict):
                self.fail(path, f"应为表，写成了{self._type_of(raw)}")
            return {key: self.build(get_args(hint)[1], one, join(path, key), code=key) for key, one in raw.items()}
        if is_dataclass(hint):
            return self.build(hint, raw, path)
        if type(raw) is not hint:
            self.fail(path, f"应为{_TYPE_NAMES[hint]}，写成了{self._type_of(raw)}")
        if hint is int and raw < 0:
            self.fail(path, "不能是负数")
        if hint is int and raw == 0 and path.rpartition(".")[2] not in _MAY_BE_ZERO:
            self.fail(path, "应大于 0")
        if hint is str and not raw.strip() and not path.endswith("article"):
            self.fail(path, "不能为空；办法没有规定的，不写这一项")
        return raw

    def _article(self, value: str, path: str) -> None:
        try:
            if not printed(value):
                raise ValueError
        except ValueError:
            self.fail(path, f"条款号“{value}”写法不对，应如 13(2)b、附表1")

    @staticmethod
    def _type_of(raw: Any) -> str:
        return _TYPE_NAMES.get(type(raw), type(raw).__name__)


def join(path: str, key: str) -> str:
    """A dotted path with one more name."""
    return f"{path}.{key}" if path else key
