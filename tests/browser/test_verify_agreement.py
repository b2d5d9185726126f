"""The verifier in the browser and the stand-alone one say the same of each bundle, good or altered."""

import random

import pytest

from selection import verify_draw
from tests.browser.test_verify_page import verify  # noqa: F401
from tests.selection import random_bundles
from tests.selection.domain.recording import RandomDraw, write_zip
from tests.selection.domain.test_agreement import ALTERATIONS

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.xdist_group("browser")]


def draws_at_random(count):
    """Half by the project's own computation, half by a maker that shares nothing with it."""
    for seed in range(count // 2):
        own, other = RandomDraw(seed), random_bundles.random_draw(seed)
        yield own.files, own.expectations()
        yield random_bundles.seal(other), random_bundles.expected(other)


def altered_at_random(count):
    rng, made = random.Random(20261127), 0
    spoils = sorted(random_bundles.SPOILS)
    while made < count:
        draw = RandomDraw(rng.randrange(10**6))
        files = rng.choice(ALTERATIONS)(rng, draw, draw.files, rng.choice(sorted(draw.files)))
        if files is not None and files != draw.files:
            made += 1
            yield files, draw.expectations()
        if found := random_bundles.spoilt(rng.randrange(10**6), rng.choice(spoils)):
            made += 1
            yield found


def python_says(path, files, paper):
    try:
        return verify_draw.examine(write_zip(path, files), **paper).status
    except verify_draw.NotABundle:
        return 2


@pytest.mark.parametrize("made", [draws_at_random, altered_at_random], ids=["good", "altered"])
def test_both_verifiers_give_the_same_verdict(made, verify, tmp_path, many):  # noqa: F811
    bundles = list(made(many(1000)))
    theirs = []
    for start in range(0, len(bundles), 50):
        theirs += [one["status"] for one in verify(bundles[start : start + 50])]
    ours = [python_says(tmp_path / "b.zip", files, paper) for files, paper in bundles]
    different = [index for index, (one, other) in enumerate(zip(ours, theirs, strict=True)) if one != other]
    assert different == []
    assert made is altered_at_random or set(ours) == {0}
