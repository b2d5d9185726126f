import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from expertpool.addresses import address
from expertpool.pools.models import Role
from expertpool.workcalendar.models import WorkYear
from tests.factories import UserFactory, at

pytestmark = pytest.mark.django_db
UPLOAD = "admin:workcalendar_workyear_upload"


def sign_in(client, role):
    user = UserFactory(role=role)
    client.force_login(user)
    return user


def form(text):
    file = SimpleUploadedFile("2027.csv", text.encode())
    return {"year": 2027, "status": "official", "source_document": "通知〔2026〕9号", "file": file}


def test_uploading_a_year(client):
    sign_in(client, Role.SYSTEM_ADMIN)
    assert client.get(address(UPLOAD)).status_code == 200
    assert client.get(address("admin:workcalendar_workyear_template")).content.decode("utf-8-sig") == "日期,是否工作日,说明\r\n"
    response = client.post(address(UPLOAD), form("日期,是否工作日,说明\n2027-01-01,否,元旦\n"), follow=True)
    assert "2027年工作日历已载入。" in response.content.decode()
    year = WorkYear.objects.get(year=2027)
    assert (year.source_document, year.days.filter(is_workday=True).count()) == ("通知〔2026〕9号", 260)
    page = client.get(address("admin:workcalendar_workyear_change", year.pk))
    assert page.status_code == 200


def test_bad_rows_stay_on_the_page_with_their_reasons(client):
    sign_in(client, Role.OFFICE)
    response = client.post(at(UPLOAD), form("日期,是否工作日,说明\n2026-01-01,否,\n2027-01-09,否,\n"))
    assert response.context["form"].errors["file"] == ["第2行（2026-01-01）：不是2027年的日期。"]
    assert WorkYear.objects.filter(year=2027).count() == 0


@pytest.mark.parametrize("role", [Role.AUDIT_ADMIN, Role.SECURITY_ADMIN])
def test_others_may_not_upload(client, role):
    sign_in(client, role)
    for where in (address, at):
        assert client.get(where(UPLOAD), follow=True).status_code == 403
        assert client.post(where(UPLOAD), form(""), follow=True).status_code == 403
        assert client.get(where("admin:workcalendar_workyear_template"), follow=True).status_code == 403
    assert not WorkYear.objects.filter(year=2027).exists()


def test_the_list_costs_the_same_with_more_years(client, django_assert_num_queries):
    user = sign_in(client, Role.OFFICE)
    list_page = at("admin:workcalendar_workyear_changelist")
    client.get(list_page)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as before:
        assert "载入年度工作日历" in client.get(list_page).content.decode()
    WorkYear.objects.create(year=2030, status="provisional", source_document="x", content_hash="x", loaded_by=user)
    with django_assert_num_queries(len(before)):
        client.get(list_page)
