"""Each declaration that code acts on a regulation (`@acts_on`) is reached by a test that proves a clause.

A run of the whole suite (also without browser and processes) watches which declared functions are entered while a test marked
`clause` runs, workers together, and fails at its end with the list of those that none entered. A function is watched
by giving it the code of a shim that notes the call and passes it on: a profiler would slow every test down.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

import pytest

_ALL = ("", "not browser and not process", "not browser and not process and not wide")
_GLOBAL = "__watched_by_tests__"
#: What the workers of this run have reported; on a worker, or without workers, what was entered here.
REACHED: set[str] = set()
_watching = pytest.StashKey[bool]()
_proving = False


def is_whole(config: pytest.Config) -> bool:
    """Whether a run is one of the whole suite, and not of chosen files or tests."""
    chosen = config.args_source == pytest.Config.ArgsSource.ARGS or config.option.keyword or config.option.markexpr not in _ALL
    return not chosen and not config.option.collectonly and not config.getoption("--clauses")


def watch(function: Callable[..., Any], name: str) -> None:
    """Note the name in REACHED whenever the function is called while a clause is being proved. Raises TypeError for what has no code."""
    target: Any = function
    while not isinstance(target, FunctionType):
        target = getattr(target, "__wrapped__", None)
        if target is None:
            raise TypeError(f"{name} cannot be watched: it is no function")
    as_it_was = FunctionType(target.__code__, target.__globals__, target.__name__, target.__defaults__, target.__closure__)
    as_it_was.__kwdefaults__ = target.__kwdefaults__
    target.__signature__ = inspect.signature(target)  # type: ignore[attr-defined]

    def passed_on() -> Callable[..., Any]:
        if _proving:
            REACHED.add(name)
        return as_it_was

    target.__globals__.setdefault(_GLOBAL, {})[name] = passed_on
    target.__code__ = _shim(name, target)


def _shim(name: str, target: FunctionType) -> CodeType:
    """Code that calls what stands under the name, of the same kind and with as many free variables as the function's own."""
    flags, free = target.__code__.co_flags, target.__code__.co_freevars
    if flags & inspect.CO_ASYNC_GENERATOR:
        raise TypeError(f"{name} cannot be watched: it is an asynchronous generator")
    start, call = "def", f"{_GLOBAL}[{name!r}]()(*args, **kwargs)"
    if flags & inspect.CO_COROUTINE:
        start, call = "async def", f"await {call}"
    elif flags & inspect.CO_GENERATOR:
        call = f"yield from {call}"
    lines = [f"def outer({', '.join(free)}):", f"  {start} shim(*args, **kwargs):"]
    lines += [f"    if 0: {one}" for one in free]
    lines += [f"    return ({call})", "  return shim"]
    namespace: dict[str, Any] = {}
    exec("\n".join(lines), namespace)
    code = namespace["outer"](*free).__code__
    return code.replace(co_name=target.__code__.co_name, co_qualname=target.__code__.co_qualname)


def unreached(reached: set[str]) -> list[str]:
    """Declarations whose function no test of a clause entered: function and place."""
    from expertpool.rooms import declared

    return sorted({f"{one.name}: {one.place}" for one in declared().declarations if one.name not in reached})


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["watch_acts"] = is_whole(node.config)


def pytest_sessionstart(session: pytest.Session) -> None:
    worker = getattr(session.config, "workerinput", None)
    controls = worker is None and getattr(session.config.option, "dist", "no") != "no"
    session.config.stash[_watching] = worker["watch_acts"] if worker is not None else is_whole(session.config)
    if not session.config.stash[_watching] or controls:
        return
    from expertpool.rooms import declared

    for name, function in {one.name: one.function for one in declared().declarations}.items():
        watch(function, name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Any:
    global _proving
    _proving = any(item.iter_markers("clause"))
    try:
        return (yield)
    finally:
        _proving = False


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: Any) -> None:
    REACHED.update(getattr(node, "workeroutput", {}).get("acts_reached", ()))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if not session.config.stash.get(_watching, False):
        return
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["acts_reached"] = sorted(REACHED)
    elif exitstatus == pytest.ExitCode.OK and unreached(REACHED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    if not config.stash.get(_watching, False) or exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return
    if missing := unreached(REACHED):
        terminalreporter.section("declared with @acts_on, and reached by no test that is marked with a clause")
        for line in missing:
            terminalreporter.write_line(line)
