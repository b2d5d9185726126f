"""What the applicant himself must state: exactly what the edition lists, in its words, with its article."""

from datetime import date
from pathlib import Path

import pytest

from expertpool.refusals import Refused
from expertpool.regulations import catalogue
from experts.domain.statements import statements
from experts.pages.application import ApplicationFile
from experts.services import applications as services
from experts.services.chain import edition_for
from tests.factories import ApplicationFactory, PoolFactory, UserFactory, at

DAY = date(2026, 10, 12)
pytestmark = [pytest.mark.django_db, pytest.mark.day(DAY)]


def a_pool(code, regulation):
    return PoolFactory(code=code, number_prefix=code, regulation_code=regulation, name=regulation)


def refusals_of(made):
    with pytest.raises(Refused) as caught:
        services.submit_application(application=made, by=made.filed_by)
    return [(one.field, one.article) for one in caught.value.refusals]


def a_draft(pool, **changes):
    """A complete draft of somebody who applies himself on the call of xinxian."""
    unit = UserFactory(role="department", pool=pool).organisation
    return ApplicationFactory(
        pool=pool, channel="call", expert_type="policy_law", fields=[], filed_by=UserFactory(role="expert"), filed_for=None,
        recommending_unit=unit, **changes,
    )  # fmt: skip


@pytest.mark.clause("xinxian-2021", "5(6)")
def test_a_listed_statement_is_needed_to_submit_though_no_condition_reads_it(client):
    pool = a_pool("XX", "xinxian-2021")
    made = a_draft(pool, consents=False, attests_clean_record=False)
    assert ("attests_clean_record", "5(6)") in refusals_of(made)
    whole = a_draft(pool, consents=False)
    assert {"consents", "attests_clean_record"}.isdisjoint(one.field for one in services.why_not_submit(whole, DAY))
    client.force_login(made.filed_by)
    page = client.get(at("application_edit", made.pk, pool=pool)).content.decode()
    assert ('name="consents"' in page, 'name="attests_clean_record"' in page) == (False, True)


def test_the_list_alone_makes_it_needed(tmp_path, monkeypatch):
    """The same edition without the condition that reads the statement."""
    text = Path(catalogue.__file__).with_name("data").joinpath("xinxian-2021", "2021-10-30.toml").read_text(encoding="utf-8")
    before, rest = text.split('[[conditions]]\ncode = "no_prior_removal"\n')
    after = rest.split("[[attachments]]", 1)[1]
    path = tmp_path / "stated-2021" / "2021-10-30.toml"
    path.parent.mkdir()
    path.write_text((before + "[[attachments]]" + after).replace('code = "xinxian-2021"', 'code = "stated-2021"', 1), encoding="utf-8")
    monkeypatch.setenv(catalogue.EXTRA_VARIABLE, str(tmp_path))
    catalogue.clear_cache()
    pool = a_pool("ST", "stated-2021")
    assert ("attests_clean_record", "5(6)") in refusals_of(a_draft(pool, attests_clean_record=False))
    assert "attests_clean_record" not in [one.field for one in services.why_not_submit(a_draft(pool), DAY)]


@pytest.mark.clause("neimenggu", "5(1)")
@pytest.mark.clause("neimenggu", "5(2)")
def test_a_missing_statement_is_said_once():
    made = ApplicationFactory(
        pool=a_pool("NM", "neimenggu"), channel="public_call", consents=False, attests_clean_record=False, fields=[], recommending_unit=None,
        filed_for=None, filed_by=UserFactory(role="expert"),
    )  # fmt: skip
    found = [(one.field, one.article) for one in services.why_not_complete(made, DAY)]
    assert [one for one in found if one[0] in ("consents", "attests_clean_record")] == [
        ("attests_clean_record", "5(1)"),
        ("consents", "5(2)"),
    ]


def test_an_edition_that_lists_none_asks_for_none(client, monkeypatch):
    monkeypatch.setenv(catalogue.DRAFTS_VARIABLE, "guangxi-draft")
    pool = a_pool("GX", "guangxi-draft")
    channel = pool.regulation_on(DAY).intake.channels[0]
    made = ApplicationFactory(
        pool=pool, channel=channel.code, consents=False, attests_clean_record=False, filed_for=None, fields=[],
        recommending_unit=None, filed_by=UserFactory(role=channel.by, pool=pool if channel.by != "expert" else None),
    )  # fmt: skip
    assert statements(edition_for(made)) == ()
    assert {"consents", "attests_clean_record"}.isdisjoint(one.field for one in services.why_not_complete(made, DAY))
    client.force_login(made.filed_by)
    assert "本人意愿和承诺" not in client.get(at("application_edit", made.pk, pool=pool)).content.decode()
    shown = [label for _, facts in ApplicationFile.of(made, edition_for(made)).groups for label, _ in facts]
    assert "本人意愿与承诺" not in shown
