"""Intake speaks each edition's words, and marks nothing as optional that an answer cannot do without."""

from datetime import date

import pytest

from expertpool.pools.duties import actor
from experts.forms.applications import ImportForm
from experts.forms.steps import EndorsementForm
from experts.models import Application
from experts.services import applications as services
from tests.factories import ApplicationFactory, PoolFactory, RecommendingUnitFactory, UserFactory, at

DAY = date(2026, 10, 12)
pytestmark = [pytest.mark.django_db, pytest.mark.day(DAY)]


def xinxian():
    return PoolFactory(code="XX", number_prefix="XX", regulation_code="xinxian-2021", name="新县评审专家库")


def neimenggu():
    return PoolFactory(code="NM", number_prefix="NM", regulation_code="neimenggu", name="内蒙古专家库")


def test_the_back_office_names_the_recommending_unit_as_the_edition_does(client):
    pool = xinxian()
    department = UserFactory(role="department", pool=pool).organisation
    made = ApplicationFactory(
        pool=pool, channel="call", recommending_unit=department, state="under_review", step="unit_verification", fields=[]
    )
    made.decide_under(pool.regulation_on(DAY))
    made.save()
    client.force_login(UserFactory(role="office", pool=pool))
    for page in (at("admin:experts_application_changelist", pool=pool), at("admin:experts_application_change", made.pk, pool=pool)):
        text = client.get(page).content.decode()
        assert ("业务处室" in text, "推荐单位</" in text, "无学术道德问题" in text, department.name in text) == (True, False, False, True)


def test_a_pool_without_recommending_units_has_no_column_for_them(client, monkeypatch):
    monkeypatch.setenv("EXPERTPOOL_DRAFT_REGULATIONS", "guangxi-draft")
    pool = PoolFactory(code="GX", number_prefix="GX", regulation_code="guangxi-draft", name="广西库")
    client.force_login(UserFactory(role="office", pool=pool))
    shown = client.get(at("admin:experts_application_changelist", pool=pool)).context["cl"].list_display
    assert [one if isinstance(one, str) else one.__name__ for one in shown] == [
        "action_checkbox", "number", "name", "employer", "shown_state", "due", "batch", "submitted_at",
    ]  # fmt: skip


@pytest.mark.clause("xinxian-2021", "5(3)")
def test_years_are_asked_for_as_the_edition_says():
    pool = xinxian()
    made = ApplicationFactory(pool=pool, fields=[], years=2, channel="call", expert_type="policy_law")
    found = [one.message for one in services.why_not_complete(made, DAY) if one.field == "years"]
    assert found == ["“从事相关行业研究或管理工作5年及以上”：从业年限须满5年，现为2年。"]
    assert str(Application._meta.get_field("years").verbose_name) == "从业年限"


def test_no_files_are_spoken_of_where_none_are_asked_for(client):
    pool = neimenggu()
    client.force_login(UserFactory(role="expert"))
    text = client.get(at("application_new", pool=pool)).content.decode()
    assert (pool.regulation_on(DAY).attachments, "证明材料" in text, "相关行业研究" in text) == ((), False, False)


def test_what_an_answer_cannot_do_without_is_not_marked_as_optional():
    edition = PoolFactory(code="JZ", number_prefix="JZ", regulation_code="jiaozuo-2024", name="焦作库").regulation_on(DAY)
    step = next(one for one in edition.intake.steps if "document" in one.needs and one.kind == "endorse")
    form = EndorsementForm(step=step)
    marked = {name: "选填" in str(form[name].as_field_group()) for name in ("document", "reason")}
    assert marked == {"document": False, "reason": False}


def test_a_department_that_recommends_is_not_asked_which_one_recommends():
    pool = xinxian()
    RecommendingUnitFactory(pool=pool)
    regulation = pool.regulation_on(DAY)
    by = UserFactory(role="department", pool=pool)
    assert "recommending_unit" not in ImportForm(pool=pool, who=actor(by, pool, DAY), regulation=regulation).fields
