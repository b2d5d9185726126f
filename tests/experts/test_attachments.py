"""证明材料: what is taken in, how it lies there, how it comes out."""

import hashlib
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from expertpool.ledger.models import LedgerEvent
from expertpool.refusals import Refused
from experts.models import Attachment, ExitCase
from experts.services.attachments import (
    AttachmentDamaged,
    add_attachment,
    clean_name,
    path_of,
    read_attachment,
    remove_attachment,
)
from tests.factories import ApplicationFactory, MembershipFactory, UserFactory, at

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 40
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
pytestmark = [pytest.mark.django_db, pytest.mark.day(date(2026, 10, 12))]


@pytest.fixture
def draft():
    return ApplicationFactory(attachments=False)


def upload(name, data=PDF):
    return SimpleUploadedFile(name, data)


def add(draft, name="身份证.pdf", data=PDF, kind="id_document", by=None):
    return add_attachment(application=draft, kind=kind, upload=upload(name, data), by=by or draft.filed_by)


def refusal_of(draft, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        add(draft, *args, **kwargs)
    (refusal,) = caught.value.refusals
    return refusal


@pytest.mark.clause("xinjiang-2025", "6(2)b")
@pytest.mark.parametrize(
    ("name", "data", "content_type"),
    [("a.pdf", PDF, "application/pdf"), ("a.JPG", JPG, "image/jpeg"), ("a.jpeg", JPG, "image/jpeg"), ("a.png", PNG, "image/png")],
)
def test_type_size_and_checksum_are_kept(draft, name, data, content_type):
    made = add(draft, name, data)
    assert (made.content_type, made.size, made.sha256, made.original_name, made.uploaded_by) == (
        content_type, len(data), hashlib.sha256(data).hexdigest(), name, draft.filed_by,
    )  # fmt: skip
    assert read_attachment(made) == data


def test_the_bytes_lie_encrypted_outside_the_web_root_under_a_random_name(draft, attachments_folder):
    made = add(draft)
    path = path_of(made.stored_as)
    stored = path.read_bytes()
    assert (PDF in stored, "身份证" in str(path), path.is_relative_to(attachments_folder), oct(path.stat().st_mode & 0o777)) == (
        False, False, True, "0o600",
    )  # fmt: skip


REFUSED = [
    ("a.pdf", JPG, "mismatch"),
    ("a.jpg", PDF, "mismatch"),
    ("a.png", b"MZ\x90\x00", "mismatch"),
    ("a.exe", b"MZ\x90\x00", "type"),
    ("a.docx", b"PK\x03\x04", "type"),
    ("a.html", b"<html><script>", "type"),
    ("a.exe", PDF, "mismatch"),
    ("a.pdf", b"", "empty"),
]


@pytest.mark.parametrize(("name", "data", "code"), REFUSED)
def test_a_file_that_is_not_what_it_says_is_refused_and_nothing_stays(draft, attachments_folder, name, data, code):
    refusal = refusal_of(draft, name, data)
    assert (refusal.code, refusal.field) == (code, "upload")
    assert (Attachment.objects.count(), attachments_folder.exists()) == (0, False)


def test_a_file_of_thirty_megabytes_is_refused_with_its_size_and_the_limit(draft):
    refusal = refusal_of(draft, "大文件.pdf", PDF + b"\0" * (30 * 1024 * 1024 - len(PDF)))
    assert refusal.message == "文件“大文件.pdf”为30.0 MB，超过每个文件10 MB的上限。请压缩或分成几个文件后重新上传。"


def test_ten_megabytes_are_just_allowed(draft, settings):
    settings.ATTACHMENT_MAX_BYTES = 100
    assert add(draft, data=PDF.ljust(100, b"\0")).size == 100
    assert refusal_of(draft, "b.pdf", PDF.ljust(101, b"\0")).code == "too_large"


def test_the_same_file_twice_is_one_attachment(draft):
    assert add(draft) == add(draft)
    assert LedgerEvent.objects.filter(kind="attachment.added").count() == 1


def test_an_unknown_kind_is_refused(draft):
    assert refusal_of(draft, kind="selfie").field == "kind"


def test_only_the_filing_side_adds_and_only_before_submission(draft):
    assert refusal_of(draft, by=UserFactory(role="recommending_unit")).code == "not_filer"
    draft.state = "employer_review"
    draft.save()
    assert refusal_of(draft).code == "state"


def test_removing_takes_row_and_file_and_is_harmless_twice(draft, django_capture_on_commit_callbacks):
    made = add(draft)
    path = path_of(made.stored_as)
    with django_capture_on_commit_callbacks(execute=True):
        remove_attachment(attachment=made, by=draft.filed_by)
    remove_attachment(attachment=made, by=draft.filed_by)
    assert (Attachment.objects.count(), path.exists()) == (0, False)


def test_nothing_is_removed_after_submission(draft):
    made = add(draft)
    draft.state = "office_review"
    draft.save()
    with pytest.raises(Refused) as refused:
        remove_attachment(attachment=made, by=draft.filed_by)
    assert [one.code for one in refused.value.refusals] == ["state"]
    assert read_attachment(made) == PDF


def test_an_altered_or_lost_file_is_told_instead_of_given(draft):
    made = add(draft)
    path = path_of(made.stored_as)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(AttachmentDamaged):
        read_attachment(made)
    path.unlink()
    with pytest.raises(AttachmentDamaged):
        read_attachment(made)


def test_evidence_of_an_exit_case_stays(office_user):
    case = ExitCase.objects.create(
        membership=MembershipFactory(), ground="leak", article="7(4)", reason="事实", raised_on=date(2026, 10, 1)
    )
    made = add_attachment(exit_case=case, kind="evidence", upload=upload("证据.pdf"), by=office_user)
    assert made.exit_case == case
    with pytest.raises(Refused) as refused:
        remove_attachment(attachment=made, by=office_user)
    assert [one.code for one in refused.value.refusals] == ["evidence"]
    case.state = "exited"
    case.save()
    with pytest.raises(Refused) as refused:
        add_attachment(exit_case=case, kind="evidence", upload=upload("b.png", PNG), by=office_user)
    assert [one.code for one in refused.value.refusals] == ["state"]


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\x\\证书.pdf", "证书.pdf"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("", "未命名"),
        ("长" * 300 + ".pdf", "长" * 156 + ".pdf"),
    ],
)
def test_a_name_is_only_a_name(name, clean):
    assert clean_name(name) == clean


def test_a_file_that_was_put_in_the_place_of_another_is_not_given(draft):
    """Both are sealed as they should be; only the checksum knows which is which."""
    first, second = add(draft), add(draft, "学历.pdf", PDF + b"2", kind="degree_certificate")
    path_of(first.stored_as).write_bytes(path_of(second.stored_as).read_bytes())
    with pytest.raises(AttachmentDamaged):
        read_attachment(first)


def test_every_reading_of_evidence_against_a_member_is_written_down(client, office_user):
    case = ExitCase.objects.create(
        membership=MembershipFactory(), ground="leak", article="7(4)", reason="事实", raised_on=date(2026, 10, 1)
    )
    made = add_attachment(exit_case=case, kind="evidence", upload=upload("证据.pdf"), by=office_user)
    client.force_login(office_user)
    response = client.get(at("attachment", made.pk))
    assert (response.content, response["Cache-Control"]) == (PDF, "private, no-store")
    event = LedgerEvent.objects.get(kind="attachment.read")
    assert (event.actor, event.subject) == (office_user, f"exit_case:{case.pk}")
