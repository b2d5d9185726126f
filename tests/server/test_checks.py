import logging

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core import checks as django_checks
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from expertpool.accounts.models import User
from expertpool.pools.models import Role
from expertpool.server import checks
from expertpool.server.logs import WithoutReplyLinks
from tests.factories import AssignmentFactory

pytestmark = pytest.mark.django_db


def an_account(username, password, role):
    account = User.objects.create_user(username, password, name="甲")
    AssignmentFactory(account=account, role=role)
    return account


def test_nobody_may_choose_the_published_password(settings):
    with pytest.raises(ValidationError) as caught:
        validate_password(settings.DEMO_PASSWORD)
    assert caught.value.messages == ["这是演示系统公开的密码，请另设密码。"]
    assert validate_password("an-unlikely-phrase-7") is None


@pytest.mark.parametrize("role", [Role.OFFICE, Role.SECURITY_ADMIN, Role.EXPERT])
def test_production_refuses_accounts_with_the_published_password(settings, role):
    an_account("good", "an-unlikely-phrase-7", role)
    bad = an_account("bad", settings.DEMO_PASSWORD, role)
    assert checks.check_demo_passwords() == []
    settings.PRODUCTION = True
    assert [error.id for error in checks.check_demo_passwords()] == ["expertpool.E001"]
    assert "expertpool.E001" in {error.id for error in django_checks.run_checks(tags=["security"], include_deployment_checks=True)}
    bad.is_active = False
    bad.save()
    assert checks.check_demo_passwords() == []


def test_production_refuses_keys_and_data_that_everybody_on_the_machine_can_read(settings, tmp_path):
    ring = tmp_path / "keyring.json"
    ring.write_text("{}")
    settings.KEYRING_FILE, settings.DATA_DIR, settings.PRODUCTION = ring, tmp_path, True
    ring.chmod(0o600)
    tmp_path.chmod(0o750)
    assert checks.check_private_files() == []
    ring.chmod(0o644)
    tmp_path.chmod(0o755)
    assert [error.id for error in checks.check_private_files()] == ["expertpool.E002", "expertpool.E003"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "zjk.example.gov.cn"])  # noqa: S104
def test_the_demonstration_listens_on_the_loopback_address_only(host):
    with pytest.raises(CommandError, match="EXPERTPOOL_MODE=production"):
        call_command("serve", host=host)


def test_a_reply_link_never_stands_in_the_log(caplog):
    caplog.handler.addFilter(WithoutReplyLinks())
    logging.getLogger("django.security.csrf").warning("Forbidden (%s): %s", "CSRF", "/r/abcdefghij_KLMNOP-123/")
    assert caplog.messages == ["Forbidden (CSRF): /r/…/"]
