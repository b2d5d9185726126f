"""The watch over declared functions notes their calls and changes nothing else about them."""

import inspect
from collections.abc import Iterator

import pytest

from tests import acting
from tests.apart import run_apart


def plain(first, *, by="nobody"):
    """A plain act."""
    return first, by


def numbers() -> Iterator[int]:
    yield 1
    yield 2


async def later(value):
    return value


def enclosed():
    kept = []

    def act(value, times=2):
        kept.extend([value] * times)
        return kept

    return act


class Base:
    def act(self):
        return ["base"]


class Derived(Base):
    def act(self):
        return [*super().act(), "derived"]


@pytest.fixture
def proving(monkeypatch):
    monkeypatch.setattr(acting, "_proving", True)
    monkeypatch.setattr(acting, "REACHED", set())


def test_a_call_is_noted_only_while_a_clause_is_proved(monkeypatch, proving):
    acting.watch(plain, "plain")
    monkeypatch.setattr(acting, "_proving", False)
    assert plain(1) == (1, "nobody")
    assert not acting.REACHED
    monkeypatch.setattr(acting, "_proving", True)
    assert plain(2, by="me") == (2, "me")
    assert sorted(acting.REACHED) == ["plain"]
    assert (str(inspect.signature(plain)), plain.__doc__) == ("(first, *, by='nobody')", "A plain act.")


def test_generators_coroutines_closures_and_super_are_passed_on(proving):
    act = enclosed()
    for function in (numbers, later, act, Derived.act):
        acting.watch(function, function.__qualname__)
    assert list(numbers()) == [1, 2]
    assert inspect.iscoroutinefunction(later)
    assert run_apart(later(3)) == 3
    assert act("a") == ["a", "a"]
    assert act("b", times=1) == ["a", "a", "b"]
    assert Derived().act() == ["base", "derived"]
    assert sorted(acting.REACHED) == ["Derived.act", "enclosed.<locals>.act", "later", "numbers"]


def test_what_is_no_function_cannot_be_watched():
    with pytest.raises(TypeError):
        acting.watch(len, "len")
