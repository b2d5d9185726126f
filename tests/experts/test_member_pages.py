"""Pages about members: found, changed, suspended, marked; a masked value is shown once with a reason."""

from datetime import date

import pytest

from expertpool import clock, crypto
from expertpool.ledger.models import LedgerEvent
from expertpool.names import name_initials, name_key
from expertpool.refusals import Refused
from experts.models import (
    Disclosure,
    Expert,
    Mark,
    Membership,
    Suspension,
)
from experts.services.disclosure import disclose
from tests.experts.back_office import act, errors, member_of, where
from tests.experts.intake import DAY
from tests.factories import (
    MembershipFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("words", ["张建国", "zjg", "zhang", "ZJK77777", "13977776666"])
def test_a_member_is_found_by_name_pinyin_number_and_whole_phone(client, office, words):
    name = "张建国"
    MembershipFactory(
        number="ZJK77777",
        expert__name=name,
        expert__name_key=name_key(name),
        expert__name_initials=name_initials(name),
        expert__phone="13977776666",
        expert__phone_digest=crypto.digest("phone", "13977776666"),
    )
    MembershipFactory(
        number="ZJK66666", expert__name="李秀英", expert__name_key=name_key("李秀英"), expert__name_initials=name_initials("李秀英")
    )
    found = client.get(where(Membership, "changelist"), {"q": words})
    assert [member.number for member in found.context["cl"].result_list] == ["ZJK77777"]


def test_key_information_is_changed_with_a_reason(client, office):
    member = MembershipFactory()
    data = {
        "title": "正高级工程师",
        "title_level": "4",
        "employer": member.expert.employer_id,
        "fields_": [member.pool.fields.get(code="MHG").pk],
        "reason": "职称晋升，附证书",
    }
    assert act(client, member, "change", **data).status_code == 302
    member.refresh_from_db()
    assert (member.expert.title_level, list(member.fields.values_list("code", flat=True))) == (4, ["MHG"])


@pytest.mark.clause("xinjiang-2025", "19(1)")
def test_a_member_is_suspended_and_let_back_in(client, office):
    member = MembershipFactory()
    assert errors(act(client, member, "suspend", starts_on="2026-10-12", reason="违反评审纪律")) == ["请填写暂停截止日期。"]
    assert act(client, member, "suspend", starts_on="2026-10-12", ends_on="2026-12-31", reason="违反评审纪律").status_code == 302
    suspension = Suspension.objects.get()
    assert act(client, suspension, "lift", reason="申诉成立，予以解除").status_code == 302
    assert Suspension.objects.get().lifted_on == DAY


def test_a_mark_is_set_on_the_members_page_and_ended_on_its_own(client, jiaozuo):
    client.force_login(UserFactory(role="office", pool=jiaozuo))
    member = member_of(jiaozuo)
    with clock.frozen(DAY):
        data = {"kind": "国家级人才", "source": "人才证书第1号", "starts_on": "2026-10-12"}
        assert act(client, member, "mark", jiaozuo, **data).status_code == 302
        mark = Mark.objects.get()
        assert "国家级人才" in client.get(where(Membership, "change", member.pk, pool=jiaozuo)).content.decode()
        assert act(client, mark, "end", jiaozuo, last_day="2026-11-30").status_code == 302
    assert Mark.objects.get().ends_on == date(2026, 11, 30)


def test_where_the_edition_knows_no_marks_the_page_says_so(client, office):
    member = MembershipFactory()
    impossible = client.get(where(Membership, "change", member.pk)).context["impossible"]
    assert {row["act"].name: row["refusals"][0].code for row in impossible} == {"mark": "no-marks"}


@pytest.mark.clause("xinjiang-2025", "8a")
def test_the_office_replaces_a_phone_without_seeing_the_old_one(client, office):
    expert = MembershipFactory(expert__phone="13811112222").expert
    data = {"new_phone": "13833334444", "email": "new@example.cn", "address": expert.address, "postcode": expert.postcode}
    formsets = {f"{prefix}-{part}": 0 for prefix in ("employments", "interests") for part in ("TOTAL_FORMS", "INITIAL_FORMS")}
    assert client.post(where(Expert, "change", expert.pk), {**data, **formsets}).status_code == 302
    expert.refresh_from_db()
    assert (expert.phone, expert.email) == ("13833334444", "new@example.cn")
    assert expert.phone_digest == crypto.digest("phone", "13833334444")
    history = client.get(where(Expert, "history", expert.pk)).content.decode()
    assert ["13811112222" in history, "13833334444" in history, "加密保存" in history] == [False, False, True]
    assert expert.history.count() == 2


# Disclosures.


def test_a_masked_value_is_shown_once_with_a_reason(client, office):
    expert = MembershipFactory().expert
    assert client.get(where(Expert, "act", expert.pk, "show-id-number")).content.decode().count(expert.id_number) == 0
    assert errors(act(client, expert, "show-id-number", reason="看看")) == ["请填写查看的事由，至少5个字。"]
    response = act(client, expert, "show-id-number", reason="电话核实身份信息")
    assert expert.id_number in response.content.decode()
    assert response["Cache-Control"].split(", ")[0] == "no-store"
    shown = Disclosure.objects.get()
    assert (shown.by, shown.pool.code, shown.subject, shown.field_name, shown.reason) == (
        office, "XJ", f"expert:{expert.pk}", "id_number", "电话核实身份信息",
    )  # fmt: skip
    event = LedgerEvent.objects.get(kind="disclosure.made")
    assert (expert.id_number in event.body, event.pool) == (False, "XJ")


@pytest.mark.parametrize("role", ["inspector", "department", "leader", "recommending_unit", "expert", "employer", "audit_admin"])
def test_personal_data_is_shown_to_who_keeps_the_pool_and_to_nobody_else(role):
    member = MembershipFactory()
    with clock.frozen(DAY), pytest.raises(Refused) as refused:
        disclose(subject=member.expert, field_name="phone", reason="电话核实身份信息", by=UserFactory(role=role), pool=member.pool)
    assert [one.code for one in refused.value.refusals] == ["duty"]
