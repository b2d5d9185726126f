"""Who is in the pool stays behind its wall: pages, lists, searches, histories, objections and what waits are the pool's own."""

import pytest

from expertpool import clock
from expertpool.addresses import address
from expertpool.names import name_initials, name_key
from expertpool.refusals import Refused
from experts.models import (
    Application,
    Disclosure,
    Expert,
    Membership,
    Objection,
    Publicity,
    ReentryBan,
)
from experts.services.disclosure import disclose
from experts.services.memberships import change_decisive
from experts.services.publicity import record_objection
from tests.experts.back_office import STANDING, act, an_exit_case, an_objection, where
from tests.experts.intake import DAY
from tests.factories import (
    AssignmentFactory,
    ExpertFactory,
    MembershipFactory,
    PoolFactory,
    UserFactory,
    a_publicity,
    at,
)

CANARY = "甲乙丙丁戊"
pytestmark = pytest.mark.django_db


WITH_HISTORY = [model for model in STANDING if model not in {ReentryBan, Disclosure}]


@pytest.mark.parametrize("model", STANDING, ids=lambda model: model.__name__)
def test_every_page_opens_in_its_own_pool_and_not_in_another(client, office, second, model):
    thing = STANDING[model]()
    foreign = STANDING[model](second)
    names = ["change", *(["history"] if model in WITH_HISTORY else [])]
    assert [client.get(where(model, name, thing.pk)).status_code for name in names] == [200] * len(names)
    # Django leads from an object that is not there to the index.
    assert [client.get(where(model, name, foreign.pk)).status_code for name in names] == [302, *[404] * (len(names) - 1)]
    if model in WITH_HISTORY:
        assert client.get(where(model, "simple_history", thing.pk, thing.history.first().pk)).status_code == 200
        assert client.get(where(model, "simple_history", foreign.pk, foreign.history.first().pk)).status_code == 404
    listed = client.get(where(model, "changelist")).context["cl"].result_list
    assert [row.pk for row in listed] == [thing.pk]


@pytest.mark.parametrize("model", STANDING, ids=lambda model: model.__name__)
def test_the_other_pools_office_enters_no_page_of_this_one(client, second, model):
    thing = STANDING[model]()
    client.force_login(UserFactory(role="office", pool=second))
    with clock.frozen(DAY):
        assert client.get(where(model, "changelist")).status_code in {302, 403}
        assert client.get(where(model, "change", thing.pk)).status_code in {302, 403}
        assert client.get(where(model, "change", thing.pk, pool=second)).status_code == 302


@pytest.mark.parametrize("model", [model for model in STANDING if model not in {Publicity, Disclosure}], ids=lambda model: model.__name__)
def test_no_list_no_search_and_no_filter_shows_the_other_pools_people(client, office, second, model):
    names = {"expert__name": CANARY, "expert__name_key": name_key(CANARY), "number": "QT777777"}
    STANDING[model](second, **({"name": CANARY} if model is Objection else names))
    STANDING[model]()
    text = client.get(where(model, "changelist")).content.decode()
    assert (CANARY in text, "QT777777" in text) == (False, False)
    for words in (CANARY, "QT777777", name_initials(CANARY)):
        assert list(client.get(where(model, "changelist"), {"q": words}).context["cl"].result_list) == []


def test_a_person_in_two_pools_is_seen_without_the_other(client, office, second):
    member = MembershipFactory(expert__name=CANARY)
    other = MembershipFactory(expert=member.expert, pool=second, number="QT777777", state="exited")
    shown = client.get(where(Expert, "change", member.expert.pk)).content.decode()
    listed = client.get(where(Expert, "changelist")).content.decode()
    assert (member.number in shown, other.number in shown, other.number in listed) == (True, False, False)
    for query, found in (
        ({"q": other.number}, []),
        ({"q": member.number}, [member.expert]),
        ({"standing": "exited"}, []),
        ({"standing": "active"}, [member.expert]),
    ):
        assert list(client.get(where(Expert, "changelist"), query).context["cl"].result_list) == found


def test_who_of_another_pool_changed_a_shared_record_and_why_is_not_shown(client, office, second):
    member = MembershipFactory(expert__user=UserFactory(role="expert", name="专家本人"))
    member.expert.history.update(history_user=member.expert.user)
    other = MembershipFactory(expert=member.expert, pool=second)
    clerk = UserFactory(role="office", pool=second, name=CANARY)
    own = UserFactory(role="office", name="本库经办")
    change_decisive(membership=other, by=clerk, reason="第二库的机密理由", title="研究员")
    member.expert.history.filter(history_user=None).update(history_user=clerk)
    change_decisive(membership=member, by=own, reason="本库核对职称", title="正高级工程师")
    newest = member.expert.history.latest()
    newest.history_user = own
    newest.save()
    shown = client.get(where(Expert, "history", member.expert.pk)).content.decode()
    assert "专家本人" in shown
    assert ["本库经办" in shown, CANARY in shown, "机密理由" in shown, "其他专家库" in shown] == [True, False, False, False]
    for row in member.expert.history.all():
        assert CANARY not in client.get(where(Expert, "simple_history", member.expert.pk, row.pk)).content.decode()


def test_the_filter_of_fields_offers_those_of_this_pool_alone(client, office, second):
    second.fields.create(code="ZZZ", name="第二库独有方向")
    text = client.get(where(Membership, "changelist")).content.decode()
    assert ("第二库独有方向" in text, PoolFactory().fields.first().name in text) == (False, True)


def test_nothing_of_a_person_of_another_pool_is_shown(client, office, second):
    member, stranger = MembershipFactory(pool=second), ExpertFactory()
    assert act(client, member.expert, "show-phone", reason="电话核实身份信息").status_code == 404
    assert act(client, member, "show-phone", reason="电话核实身份信息").status_code == 404
    for person in (member.expert, stranger):
        with pytest.raises(Refused) as refused:
            disclose(subject=person, field_name="phone", reason="电话核实身份信息", by=office, pool=PoolFactory())
        assert [one.code for one in refused.value.refusals] == ["foreign"]
    with pytest.raises(Refused) as refused:
        disclose(subject=member.expert, field_name="phone", reason="电话核实身份信息", by=office, pool=second)
    assert [one.code for one in refused.value.refusals] == ["duty"]
    assert not Disclosure.objects.exists()


def test_the_other_pools_office_neither_enters_nor_judges_an_objection(second):
    stranger = UserFactory(role="office", pool=second)
    objection = an_objection()
    from experts.services.publicity import decide_objection, why_not_decide_objection, why_not_object

    with clock.frozen(DAY):
        for do in (
            lambda: record_objection(
                publicity=objection.publicity,
                application=objection.application,
                objector="",
                contact="",
                content="材料不实，有证据",
                by=stranger,
            ),
            lambda: decide_objection(objection=objection, upheld=True, conclusion="经核实，情况属实", by=stranger),
        ):
            with pytest.raises(Refused) as refused:
                do()
            assert [one.code for one in refused.value.refusals] == ["duty"]
        codes = [why_not_object(objection.publicity, DAY, stranger).code, why_not_decide_objection(objection, DAY, stranger).code]
    assert (codes, Objection.objects.get().state) == (["duty"] * 2, "open")


def test_what_waits_is_told_in_its_own_pool(client, office, second):
    case, objection = an_exit_case(), an_objection()
    foreign = an_exit_case(second), an_objection(second)
    text = client.get(at("home")).content.decode()
    assert f"出库事项待决定：{case.membership.number}" in text
    assert f"核实公示异议：{objection.application.number}" in text
    assert foreign[0].membership.number not in text
    assert foreign[1].application.number not in text


def test_the_list_of_publicities_is_the_pools_own(client, second):
    mine, foreign = a_publicity(), a_publicity(pool=second)
    both = UserFactory(role="inspector")
    AssignmentFactory(account=both, role="office", pool=second)
    client.force_login(both)
    with clock.frozen(DAY):
        here = client.get(at("publicities")).content.decode()
        there = client.get(at("publicities", pool=second)).content.decode()
    assert (mine.batch.number in here, foreign.batch.number in here) == (True, False)
    assert (mine.batch.number in there, foreign.batch.number in there) == (False, True)


def test_a_public_page_shows_one_pools_list(client, second):
    mine = a_publicity()
    a_publicity(pool=second, name=CANARY)
    with clock.frozen(DAY):
        text = client.get(address("publicity_public", mine.batch.number)).content.decode()
    assert CANARY not in text
    assert Application.objects.get(batch=mine.batch).name in text
