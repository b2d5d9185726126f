"""The whole path on Xinjiang's regulation, by clicking: from a recommending unit's form to a score on 附表3."""

import pytest

from demo.seed import seed
from tests.browser.steps.activity import activity, afterwards
from tests.browser.steps.answers import contact
from tests.browser.steps.draw import draw
from tests.browser.steps.intake import application, newcomer, publicity
from tests.browser.steps.request import draw_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def test_the_whole_path_by_clicking(house, tmp_path):
    seed()
    application(house)
    publicity(house)
    newcomer(house)
    request = draw_request(house)
    draw(house, request, tmp_path)
    contact(house, request)
    activity(house, request)
    afterwards(house, request)
    assert house.problems == []
