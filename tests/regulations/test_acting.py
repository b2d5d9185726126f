"""What code acts on is declared beside it, checked against the schema, and denied by default."""

from __future__ import annotations

import functools
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from expertpool.regulations import catalogue
from expertpool.regulations.acting import Acts, Judged, UnknownPlace, Value, acts_on, gather, judged
from expertpool.regulations.loader import parse
from expertpool.regulations.schema import Regulation

EDITIONS = {one.code: one for one in catalogue.editions()}


def a_room() -> ModuleType:
    """A module of a room with declarations on functions, methods and properties."""
    room = ModuleType("a_room")
    source = """
from expertpool.regulations.acting import acts_on
from functools import wraps

def wrapped(function):
    @wraps(function)
    def inner():
        return function()
    return inner

@acts_on("draw.ratio")
@acts_on("draw.modes", "random")
@wrapped
def open_draw():
    return 3

class Judge:
    @acts_on("conditions.strategy", "age_at_most")
    def age(self):
        return ""

    @staticmethod
    @acts_on("conditions.max_age")
    def years():
        return 0

    @property
    @acts_on("draw.drawn_by")
    def drawer(self):
        return ""

def idle():
    return None
"""
    exec(source, vars(room))
    return room


def test_declarations_are_gathered_from_functions_methods_and_properties() -> None:
    acts = gather([a_room()])
    assert {(one.place, one.values, one.name) for one in acts.declarations} == {
        ("draw.modes", ("random",), "a_room.open_draw"),
        ("draw.ratio", (), "a_room.open_draw"),
        ("conditions.strategy", ("age_at_most",), "a_room.Judge.age"),
        ("conditions.max_age", (), "a_room.Judge.years"),
        ("draw.drawn_by", (), "a_room.Judge.drawer"),
    }


def test_what_a_module_only_imports_is_not_its_own() -> None:
    other = ModuleType("other")
    other.open_draw = a_room().open_draw  # type: ignore[attr-defined]
    assert gather([other]).declarations == ()


def test_a_declaration_leaves_the_function_as_it_was() -> None:
    def act(*, by: int) -> int:
        return by

    assert acts_on("draw.ratio")(act) is act


@pytest.mark.parametrize(
    ("place", "values", "message"),
    [
        ("draw.ration", (), "the schema has no 'draw.ration'"),
        ("draws.ratio", (), "the schema has no 'draws.ratio'"),
        ("draw.ratio.more", (), "the schema has no 'draw.ratio.more'"),
        ("draw.modes", ("lottery",), "draw.modes has no value 'lottery' (of random, merit)"),
        ("draw.ratio", ("3",), "draw.ratio has no value '3': not a closed list"),
        ("others.code", ("xj_2",), "others.code has no value 'xj_2': not a closed list"),
        ("rules.practice", ("nothing",), "rules.practice has no value 'nothing' (of "),
        ("exclusions.code", ("RECUSE-KIN",), "exclusions.code has no value 'RECUSE-KIN' (of "),
        ("draw.stratified", ("true",), "draw.stratified has no value 'true' (of True, False)"),
        ("draw.ratio", (True,), "draw.ratio has no value True: not a closed list"),
        ("file", (), "the schema has no 'file'"),
    ],
)
def test_a_place_or_value_that_the_schema_does_not_have_is_refused_at_once(place: str, values: tuple[Value, ...], message: str) -> None:
    with pytest.raises(UnknownPlace) as caught:
        acts_on(place, *values)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("place", "values"),
    [
        ("draw.modes", ("random", "merit")),
        ("conditions.strategy", ("any_of",)),
        ("intake.steps.kind", ("endorse",)),
        ("exits.grounds.trigger", ("age_reached",)),
        ("evaluation.sections.criteria.bands", ()),
        ("rules.practice", ("mask",)),
        ("exclusions.code", ("AGE", "DRAWN")),
        ("contact.standby", ()),
        ("publicity.objection.decided_by", ("office",)),
        ("draw.stratified", (True,)),
        ("publicity.objection.within_period", (True, False)),
        ("lapse_warn_days", ()),
    ],
)
def test_a_place_of_the_schema_is_taken(place: str, values: tuple[Value, ...]) -> None:
    acts_on(place, *values)


def declared(*places: tuple[Any, ...]) -> Acts:
    def act() -> None: ...

    room = ModuleType(__name__)
    room.act = functools.reduce(lambda function, place: acts_on(*place)(function), places, act)  # type: ignore[attr-defined]
    return gather([room])


#: Matches of recusal that the record answers.
MATCHES = ("person_in_project", "declared_relation", "declared_unit", "legal_entity_or_hierarchy", "employment_current", "named_by_request")


def judged_one(regulation: Regulation, path: str, acts: Acts, code: str = "") -> Judged:
    return next(one for one in judged(regulation, acts) if one.path == path and (not code or getattr(one.provision, "code", "") == code))


def verdict(regulation: Regulation, path: str, acts: Acts, code: str = "") -> tuple[bool, list[str]]:
    one = judged_one(regulation, path, acts, code)
    return one.executed, [f"{name}={value}" for name, value in one.missing]


def test_a_key_that_nobody_declares_is_not_acted_on() -> None:
    xinjiang = EDITIONS["xinjiang-2025"]
    assert verdict(xinjiang, "rotation.annual_cap", Acts()) == (False, [])
    executed, missing = verdict(xinjiang, "rotation.annual_cap", declared(("rotation.annual_cap.limit",)))
    # Whose year and who waives the paper does not say: that nobody acts on those is no gap in what it says.
    assert (executed, missing) == (True, ["waivable=True"])


def test_a_value_that_nobody_declares_is_not_acted_on() -> None:
    neimenggu = EDITIONS["neimenggu"]
    _, missing = verdict(neimenggu, "draw", declared(("draw.modes", "random"), ("draw.drawn_by", "office")))
    assert "modes=merit" in missing
    assert "modes=random" not in missing
    assert "drawn_by=department" in missing


def test_a_provision_stands_or_falls_with_its_strategy() -> None:
    jiaozuo = EDITIONS["jiaozuo-2024"]
    acts = declared(("exits",), ("exits.grounds",), ("exits.grounds.trigger", "resignation"), ("exits.grounds.limit",))
    assert verdict(jiaozuo, "exits.grounds", acts, "resignation")[0]
    assert verdict(jiaozuo, "exits.grounds", acts, "crime")[0]  # filed by hand: the ground as such
    assert not verdict(jiaozuo, "exits.grounds", acts, "fair_grades")[0]
    # What stands inside a part that nobody acts on is not acted on either.
    assert (
        not verdict(jiaozuo, "exits.grounds", declared(("exits.grounds",)), "crime")[0]
        or verdict(jiaozuo, "exits", declared(("exits.grounds",)))[0]
    )
    acts = declared(("evaluation.scheme", "scored"), ("evaluation.sections",), ("evaluation.sections.criteria",))
    assert not verdict(jiaozuo, "evaluation.sections", acts)[0]


def test_an_article_belongs_to_the_key_that_it_is_given_for() -> None:
    acts = declared(("contact.contact_by",))
    missing = verdict(EDITIONS["xinjiang-2025"], "contact", acts)[1]
    assert "contact_article=13(3)a" not in missing
    assert "step_up_article=13(4)b" in missing  # stepping up has no other key


def test_what_code_does_of_a_switch_is_one_of_its_two_ends() -> None:
    acts = declared(("draw.stratified", True), ("draw.random",))
    source = EDITIONS["xinjiang-2025"].source
    said = {end: parse(source.replace(b"stratified = true", b"stratified = " + end), Path("a.toml")) for end in (b"true", b"false")}
    assert ["stratified" in dict(judged_one(one, "draw", acts).missing) for one in said.values()] == [False, True]
    assert [declared(("draw.stratified",)).on("draw.stratified", end) for end in (True, False)] == [True, True]


def test_a_default_that_code_answers_is_taken_and_another_is_none() -> None:
    guangxi = EDITIONS["guangxi-draft"]
    one = judged_one(guangxi, "draw", declared(("draw.drawn_by",), ("draw.watchers_required",)))
    assert (one.taken, "ratio" in dict(one.missing)) == ({"drawn_by", "watchers_required"}, False)
    assert judged_one(guangxi, "draw.guest", declared(("draw.drawn_by",))).taken == set()


#: Edition: the reasons for staying out of a draw that it gives an article, and that nobody can come under.
CLOSED_OFF = {"neimenggu": {"SUSPENDED", "RECUSE-COPROJECT"}}


@pytest.mark.parametrize("code", EDITIONS)
def test_a_reason_that_nobody_can_come_under_is_not_executed(code: str) -> None:
    """处于失信惩戒期: the edition has no sanction that puts anybody under it, whatever the code for the reason would do."""
    places = {("exclusions.code",), ("recusal.match", "other"), *((path,) for one in EDITIONS.values() for path, _ in one.provisions())}
    strategies = (f"{path}.{part.strategy_key}" for one in EDITIONS.values() for path, part in one.provisions() if part.strategy_key)
    acts = declared(*places, *((one,) for one in set(strategies) - {"recusal.match"}), *(("recusal.match", one) for one in MATCHES))
    found = {one.provision.code for one in judged(EDITIONS[code], acts) if one.path == "exclusions" and not one.executed}
    assert found == CLOSED_OFF.get(code, set())


def test_a_reason_is_executed_as_far_as_what_leads_to_it() -> None:
    xinjiang = EDITIONS["xinjiang-2025"]
    suspended = ("exclusions.code", "SUSPENDED")
    assert not verdict(xinjiang, "exclusions", declared(suspended), "SUSPENDED")[0]
    assert not verdict(xinjiang, "exclusions", declared(suspended, ("sanctions",), ("sanctions.on_experts.kind", "talk")), "SUSPENDED")[0]
    ways = (("sanctions",), ("sanctions.on_experts.kind", "suspension"))
    assert verdict(xinjiang, "exclusions", declared(suspended, *ways), "SUSPENDED")[0]


def test_a_rule_rests_on_a_practice_or_on_people() -> None:
    xinjiang = EDITIONS["xinjiang-2025"]
    acts = declared(("rules.practice", "dossier"))
    assert verdict(xinjiang, "supervision", acts, "dossier")[0]
    assert not verdict(xinjiang, "supervision", acts, "inspector_read")[0]
    assert verdict(xinjiang, "others", Acts(), "xj_4")[0]
    assert not verdict(xinjiang, "rights", acts, "fee")[0]
