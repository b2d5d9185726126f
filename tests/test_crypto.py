import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from expertpool import crypto
from expertpool.messaging.models import Message


@pytest.fixture
def ring_file(settings, tmp_path):
    crypto._load.cache_clear()
    settings.KEYRING_FILE = tmp_path / "keys" / "keyring.json"
    yield settings.KEYRING_FILE
    crypto._load.cache_clear()


@given(st.text())
def test_what_is_encrypted_comes_back(text):
    assert crypto.decrypt(crypto.encrypt(text)) == text


@given(st.binary())
def test_bytes_come_back(data):
    assert crypto.decrypt_bytes(crypto.encrypt_bytes(data)) == data


def test_empty_stays_empty_and_equal_texts_look_different():
    assert crypto.encrypt("") == ""
    assert crypto.decrypt("") == ""
    assert crypto.encrypt("张建国") != crypto.encrypt("张建国")
    assert "张" not in crypto.encrypt("张建国")


def test_an_altered_value_is_refused():
    sealed = bytearray(crypto.encrypt_bytes(b"abc"))
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(crypto.DecryptionError):
            crypto.decrypt_bytes(bytes(altered))


@pytest.mark.parametrize("text", ["plain", "k1:", "k1:!!!", "k9:AAAA", ":AAAA", "k1:AAAA"])
def test_what_was_never_encrypted_is_refused(text):
    with pytest.raises(crypto.DecryptionError):
        crypto.decrypt(text)


def test_a_missing_ring_is_made_once_with_mode_0600(ring_file):
    sealed = crypto.encrypt("x")
    assert stat.S_IMODE(ring_file.stat().st_mode) == 0o600
    assert [entry.name for entry in ring_file.parent.iterdir()] == ["keyring.json"]
    crypto._load.cache_clear()
    assert crypto.decrypt(sealed) == "x"


def test_of_many_makers_one_wins(ring_file):
    def make(_):
        crypto.create_ring(ring_file)
        return ring_file.read_text()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(make, range(40)))) == 1


def test_in_production_a_missing_ring_is_an_error(ring_file, settings):
    settings.PRODUCTION = True
    with pytest.raises(ImproperlyConfigured):
        crypto.encrypt("x")
    assert not ring_file.exists()


def test_after_rotation_old_values_open_and_new_ones_use_the_new_key(ring_file):
    old = crypto.encrypt("旧")
    digest = crypto.digest("id", "旧")
    data = json.loads(ring_file.read_text())
    data["keys"]["k2"] = json.loads(crypto.new_ring_text())["keys"]["k1"]
    ring_file.write_text(json.dumps({**data, "current": "k2"}))
    crypto._load.cache_clear()
    assert (old[:3], crypto.encrypt("新")[:3]) == ("k1:", "k2:")
    assert crypto.decrypt(old) == "旧"
    assert crypto.digest("id", "旧") == digest


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"current":"k1","keys":{},"digest":""}', '{"current":"k1","keys":{"k1":"QUJD"},"digest":"QUJD"}']
)
def test_a_broken_ring_is_an_error(text):
    with pytest.raises(ImproperlyConfigured):
        crypto.parse_ring(text)


def test_digest_separates_purposes_and_values():
    found = {crypto.digest(purpose, value) for purpose in ("id", "phone") for value in ("1", "2")}
    assert len(found) == 4
    assert crypto.digest("id", "1") == crypto.digest("id", "1")


@pytest.mark.django_db
def test_the_database_sees_only_the_encrypted_text():
    row = Message.objects.create(kind="t", address="13812345678", title="t", body="正文", about="a:1", idem="1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT address, body FROM messaging_message")
        address, body = cursor.fetchone()
    assert "138" not in address
    assert "正文" not in body
    assert Message.objects.get(pk=row.pk).address == "13812345678"
    Message.objects.filter(pk=row.pk).update(body="改")
    row.address = ""
    Message.objects.bulk_update([row], ["address"])
    row.refresh_from_db()
    assert (row.body, row.address) == ("改", "")


@pytest.mark.django_db
def test_an_encrypted_field_cannot_be_searched():
    Message.objects.create(kind="t", address="", title="t", body="正文", about="a:1", idem="1")
    assert Message.objects.filter(address="").count() == 1
    assert Message.objects.exclude(body="").count() == 1
    assert Message.objects.filter(body__isnull=True).count() == 0
    for lookup in ({"body": "正文"}, {"body__contains": "正"}, {"body__in": ["正文"]}, {"body__lower": "x"}):
        with pytest.raises(FieldError):
            Message.objects.filter(**lookup).count()
