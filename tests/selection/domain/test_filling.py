"""Members of several fields: what can be filled together, what is short, how far a waiver goes, against brute force."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from selection.domain import protocol
from selection.domain.protocol import Census, Filling, Need, PoolLine, Shortage

FIELDS = ("AA", "BB", "CC", "DD")
kinds = st.frozensets(st.sampled_from(FIELDS), min_size=1)
supplies = st.dictionaries(kinds, st.integers(1, 4), max_size=8)
wants = st.dictionaries(st.sampled_from(FIELDS), st.integers(1, 4), min_size=1)


def fewest_missing(supply, wanted):
    """By Hall's theorem: over all sets of fields, the largest lack of members who hold one of them."""
    lacks = [0]
    for size in range(1, len(wanted) + 1):
        for fields in combinations(wanted, size):
            holders = sum(count for kind, count in supply.items() if not kind.isdisjoint(fields))
            lacks.append(sum(wanted[one] for one in fields) - holders)
    return max(lacks)


@given(supplies, wants)
def test_as_many_places_are_filled_as_halls_theorem_allows(supply, wanted):
    assert sum(Filling(supply, wanted).missing.values()) == fewest_missing(supply, wanted)


@given(supplies, wants, st.randoms(use_true_random=False))
def test_a_member_is_let_go_exactly_when_all_fields_can_be_filled_without_him(supply, wanted, rng):
    filling, left, lack = Filling(supply, wanted), dict(supply), fewest_missing(supply, wanted)
    for _ in range(12):
        there = [kind for kind, count in left.items() if count]
        if not there:
            return
        kind = rng.choice(there)
        without = left | {kind: left[kind] - 1}
        # Beyond what is missing anyway nobody may be lost.
        harmless = fewest_missing(without, wanted) == lack
        assert filling.take(kind) == harmless
        left = without if harmless else left


@given(supplies, wants)
def test_shortages_are_apart_and_add_up_and_each_says_what_is_so(supply, wanted):
    census = Census(supply, {}, {})
    found = protocol.shortages(census, [], wanted=wanted)
    assert sum(one.missing for one in found) == fewest_missing(supply, wanted)
    named = [field for one in found for field in one.fields]
    assert len(named) == len(set(named))
    for one in found:
        assert one.missing > 0
        assert one.wanted == sum(wanted[field] for field in one.fields)
        assert one.eligible == sum(count for kind, count in supply.items() if not kind.isdisjoint(one.fields))


def test_the_four_who_hold_both_fields_are_counted_once():
    pool = [PoolLine(f"B{index}", "U", ("AA", "BB"), ()) for index in range(4)]
    pool += [PoolLine("X1", "U", ("AA",), ("AGE", "ROTATION")), PoolLine("X2", "U", ("AA", "BB"), ("AGE",)), PoolLine("C1", "U", ("CC",))]
    needs = [Need("AA", 1, 3), Need("BB", 1, 3), Need("CC", 1, 1)]
    census = protocol.census_of(pool, needs)
    assert [(one.field, one.eligible, one.wanted) for one in protocol.field_counts(census, needs)] == [
        ("AA", 4, 3),
        ("BB", 4, 3),
        ("CC", 1, 1),
    ]
    short = Shortage(("AA", "BB"), wanted=6, eligible=4, excluded_members=2, excluded={"AGE": 2, "ROTATION": 1})
    assert protocol.shortages(census, needs) == (short,)
    assert short.missing == 2


def test_a_field_that_is_short_alone_is_named_alone():
    pool = [PoolLine(f"A{index}", "U", ("AA",)) for index in range(2)] + [PoolLine(f"B{index}", "U", ("AA", "BB")) for index in range(9)]
    census = protocol.census_of(pool, [Need("AA", 1, 1), Need("BB", 1, 1)])
    assert [(one.fields, one.missing) for one in protocol.shortages(census, [Need("AA", 1, 3), Need("BB", 3, 12)])] == [
        (("AA", "BB"), 4),
    ]
    assert [(one.fields, one.missing) for one in protocol.shortages(census, [Need("AA", 1, 1), Need("BB", 3, 12)])] == [(("BB",), 3)]


@given(supplies, st.dictionaries(st.sampled_from(FIELDS), st.tuples(st.integers(1, 2), st.integers(0, 2)), min_size=1), st.data())
def test_a_waiver_lowers_as_far_as_needed_and_no_further(supply, wanted, data):
    census = Census(supply, {}, {})
    full = [Need(field, seats, 3 * seats, standby) for field, (seats, standby) in wanted.items()]
    waived = dict.fromkeys(data.draw(st.sets(st.sampled_from(sorted(wanted)))), "7" * 64)
    lower = protocol.lowered(census, full, waived)
    short = protocol.shortages(census, lower)
    for before, after in zip(full, lower, strict=True):
        assert after.seats == before.seats <= after.candidates <= before.candidates
        assert after.standby == min(before.standby, after.candidates - after.seats)
        if after.field not in waived:
            assert after == before
    lacking = fewest_missing(supply, {need.field: need.candidates for need in full})
    given_up = sum(before.candidates - after.candidates for before, after in zip(full, lower, strict=True))
    # Each candidate that is given up makes one fewer missing.
    assert given_up == lacking - sum(one.missing for one in short)
    for one in short:
        assert all(need.candidates == need.seats for need in lower if need.field in one.fields and need.field in waived)
