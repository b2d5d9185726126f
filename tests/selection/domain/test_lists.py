"""The lists: random, exactly as long as asked for, passing over nobody without need, preferring only who is preferred."""

from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selection.domain import protocol
from selection.domain.protocol import Eligible, Filling, Need

SEED = "5" * 64


def compute(eligible, needs, seed=SEED, mode=""):
    return protocol.compute_lists(alg="sha256", seed=seed, eligible=eligible, needs=needs, mode=mode)


def supply_of(eligible):
    return Counter(one.fields for one in eligible)


@st.composite
def draws(draw_from):
    """Eligible members who hold any of four fields, and needs that they can fill together."""
    fields = draw_from(st.lists(st.sampled_from(["AA", "BB", "CC", "DD"]), min_size=1, unique=True))
    kinds = draw_from(st.lists(st.frozensets(st.sampled_from(fields), min_size=1), max_size=16))
    eligible = [Eligible(f"ZJK-{index:04}", kind, draw_from(st.booleans())) for index, kind in enumerate(kinds)]
    wanted = {}
    for field in fields:
        wanted[field] = draw_from(st.integers(0, 4))
        while Filling(supply_of(eligible), wanted).missing:
            wanted[field] -= 1
    return eligible, [Need(field, 1, count) for field, count in wanted.items() if count]


def by_the_text(eligible, needs):
    """The lists as docs/draw-protocol.md words them, by trying: who is taken only if the later fields can still be filled."""
    taken, lists = set(), {}
    for place, need in enumerate(needs):
        later = {one.field: one.candidates for one in needs[place + 1 :]}
        order = sorted(
            (not one.preferred, protocol.ticket("sha256", SEED, need.field, one.number), one.number)
            for one in eligible
            if need.field in one.fields and one.number not in taken
        )
        chosen = []
        for _, _, number in order:
            rest = supply_of(one for one in eligible if one.number not in taken | {number})
            if len(chosen) < need.candidates and not Filling(rest, later).missing:
                chosen.append(number)
                taken.add(number)
        lists[need.field] = chosen
    return lists


@given(draws())
def test_the_lists_are_those_of_the_text_and_none_is_short(case):
    eligible, needs = case
    lists = compute(eligible, needs)
    assert {field: [one.number for one in listed] for field, listed in lists.items()} == by_the_text(eligible, needs)
    assert [(field, len(listed)) for field, listed in lists.items()] == [(need.field, need.candidates) for need in needs]
    everybody = [one.number for listed in lists.values() for one in listed]
    assert len(everybody) == len(set(everybody))
    for listed in lists.values():
        assert [one.position for one in listed] == list(range(1, len(listed) + 1))


@given(draws(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(case, rng):
    eligible, needs = case
    shuffled = list(eligible)
    rng.shuffle(shuffled)
    assert compute(shuffled, needs) == compute(eligible, needs)


@given(draws())
def test_who_holds_no_later_field_is_never_passed_over(case):
    eligible, needs = case
    lists = compute(eligible, needs)
    taken = set()
    for place, need in enumerate(needs):
        later = {one.field for one in needs[place + 1 :]}
        listed = [one.number for one in lists[need.field]]
        last = max((protocol.ticket("sha256", SEED, need.field, number), number) for number in listed)
        last_preferred = any(one.preferred for one in eligible if one.number == listed[-1])
        for one in eligible:
            if need.field in one.fields and not one.fields & later and one.number not in taken and one.number not in listed:
                assert (protocol.ticket("sha256", SEED, need.field, one.number), one.number) > last or last_preferred >= one.preferred
        taken |= set(listed)


def test_needs_that_cannot_be_filled_together_give_no_list():
    both = [Eligible(f"M{index}", frozenset({"AA", "BB"})) for index in range(4)]
    with pytest.raises(ValueError, match="filled together"):
        compute(both, [Need("AA", 1, 3), Need("BB", 1, 3)])
    with pytest.raises(ValueError, match="filled together"):
        compute(both[:2], [Need("AA", 1, 3)])


@given(draws())
def test_in_mode_all_everybody_stands_on_the_list_of_each_of_his_fields(case):
    eligible, needs = case
    needs = [Need(need.field, 1, sum(need.field in one.fields for one in eligible)) for need in needs]
    for need, listed in zip(needs, compute(eligible, needs, mode="all").values(), strict=True):
        of = [one for one in eligible if need.field in one.fields]
        order = sorted((not one.preferred, protocol.ticket("sha256", SEED, need.field, one.number), one.number) for one in of)
        assert [one.number for one in listed] == [number for _, _, number in order]


def chi_square(counts, expected):
    return sum((count - share) ** 2 / share for count, share in zip(counts, expected, strict=True))


#: How many draws each statistic is over.
DRAWS = 20_000
#: 99.9 % of honest draws stay below the limit; the seeds are fixed, so nothing flickers.
LIMIT_11, LIMIT_5, LIMIT_23 = 31.26, 20.52, 49.73


def seeds(count, bias=lambda seed: seed):
    return [bias(protocol.h("sha256", str(index))) for index in range(count)]


def drawn_counts(eligible, needs, field, tries, pick=lambda listed: listed):
    counts = Counter()
    for listed in (pick(compute(eligible, needs, seed)[field]) for seed in tries):
        counts.update(one.number for one in listed)
    return [counts[one.number] for one in eligible if field in one.fields]


def test_everybody_is_drawn_equally_often_and_a_thumb_on_the_scale_shows():
    eligible, needs = [Eligible(f"ZJK-{index:04}", frozenset({"AA"})) for index in range(12)], [Need("AA", 1, 3)]
    tries = seeds(DRAWS)
    expected = [len(tries) * 3 / 12] * 12
    assert chi_square(drawn_counts(eligible, needs, "AA", tries), expected) < LIMIT_11

    def biased(seed):
        """Of two possible shares the one is kept that puts the friend on the list."""
        other = protocol.h("sha256", seed)
        return seed if any(one.number == "ZJK-0007" for one in compute(eligible, needs, seed)["AA"]) else other

    few = tries[: len(tries) // 10]
    assert chi_square(drawn_counts(eligible, needs, "AA", [biased(one) for one in few]), [len(few) * 3 / 12] * 12) > LIMIT_11


def test_every_order_of_a_list_comes_equally_often_and_a_sorted_list_shows():
    eligible, needs = [Eligible(f"ZJK-{index:04}", frozenset({"AA"})) for index in range(4)], [Need("AA", 1, 4)]
    orders = list(permutations(one.number for one in eligible))
    tries = seeds(DRAWS)
    counts = Counter(tuple(one.number for one in compute(eligible, needs, seed)["AA"]) for seed in tries)
    assert chi_square([counts[one] for one in orders], [len(tries) / 24] * 24) < LIMIT_23
    # A tail that is put into the order of the numbers after the draw.
    bent = Counter()
    for order, count in counts.items():
        bent[(*order[:2], *sorted(order[2:]))] += count
    assert chi_square([bent[one] for one in orders], [len(tries) / 24] * 24) > LIMIT_23


def test_passing_over_is_even_within_those_who_hold_the_same_fields_and_an_uneven_one_shows():
    """Six hold both fields, three of them are needed for the second: each of the six is on the first list equally often."""
    both = [Eligible(f"ZJK-{index:04}", frozenset({"AA", "BB"})) for index in range(6)]
    eligible = [*both, *(Eligible(f"ZJK-1{index:03}", frozenset({"AA"})) for index in range(6))]
    needs = [Need("BB", 1, 2), Need("AA", 1, 3)]
    order = [Need("AA", 1, 3), Need("BB", 1, 5)]
    tries = seeds(DRAWS)
    firsts = Counter(one.number for seed in tries for one in compute(eligible, order, seed)["AA"] if one.number < "ZJK-1")
    total = sum(firsts.values())
    assert 0 < total < len(tries) * 3
    assert chi_square([firsts[one.number] for one in both], [total / 6] * 6) < LIMIT_5
    assert {len(compute(eligible, needs, seed)["AA"]) for seed in tries[:50]} == {3}
    # Who is passed over is chosen by his number instead of by his ticket.
    bent = Counter()
    for seed in tries:
        for place, _ in enumerate([one for one in compute(eligible, order, seed)["AA"] if one.number < "ZJK-1"]):
            bent[both[place].number] += 1
    assert chi_square([bent[one.number] for one in both], [total / 6] * 6) > LIMIT_5


def test_the_preferred_come_first_and_among_them_chance_is_even_and_a_bent_one_shows():
    eligible = [Eligible(f"ZJK-{index:04}", frozenset({"AA"}), preferred=index < 6) for index in range(18)]
    needs = [Need("AA", 1, 9)]
    tries = seeds(DRAWS)
    for seed in tries[:200]:
        listed = compute(eligible, needs, seed)["AA"]
        assert {one.number for one in listed[:6]} == {one.number for one in eligible[:6]}
    counts = drawn_counts(eligible, needs, "AA", tries)
    assert counts[:6] == [len(tries)] * 6
    assert chi_square(counts[6:], [len(tries) * 3 / 12] * 12) < LIMIT_11
    first = drawn_counts(eligible, needs, "AA", tries, pick=lambda listed: listed[:1])[:6]
    assert chi_square(first, [len(tries) / 6] * 6) < LIMIT_5
    # A second class that is slipped in among the preferred.
    bent = [Eligible(one.number, one.fields, one.preferred or index == 7) for index, one in enumerate(eligible)]
    assert chi_square(drawn_counts(bent, needs, "AA", tries)[6:], [len(tries) * 3 / 12] * 12) > LIMIT_11


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_a_ticket_is_the_hash_that_the_text_says(index):
    number = f"ZJK-{index}"
    (listed,) = compute([Eligible(number, frozenset({"AA"}))], [Need("AA", 1, 1)])["AA"]
    assert listed.ticket == protocol.h("sha256", f"zjkdraw/1|ticket|{SEED}|AA|{number}") == protocol.ticket("sha256", SEED, "AA", number)
