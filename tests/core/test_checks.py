import pytest
from django.contrib.auth.password_validation import validate_password
from django.core import checks as django_checks
from django.core.exceptions import ValidationError

from expertpool.accounts.models import Role, User
from expertpool.core import checks

pytestmark = pytest.mark.django_db


def test_nobody_may_choose_the_published_password(settings):
    with pytest.raises(ValidationError) as caught:
        validate_password(settings.DEMO_PASSWORD)
    assert caught.value.messages == ["这是演示系统公开的口令，请另设口令。"]
    assert validate_password("an-unlikely-phrase-7") is None


@pytest.mark.parametrize("role", [Role.OFFICE, Role.DEPARTMENT])
def test_production_refuses_accounts_with_the_published_password(settings, role):
    User.objects.create_user("good", "an-unlikely-phrase-7", name="甲", role=role)
    bad = User.objects.create_user("bad", settings.DEMO_PASSWORD, name="乙", role=role)
    assert checks.check_demo_passwords() == []
    settings.PRODUCTION = True
    assert [error.id for error in checks.check_demo_passwords()] == ["expertpool.E001"]
    assert "expertpool.E001" in {error.id for error in django_checks.run_checks(tags=["security"], include_deployment_checks=True)}
    bad.is_active = False
    bad.save()
    assert checks.check_demo_passwords() == []
