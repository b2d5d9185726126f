"""证明材料: take files in, keep them sealed, give them out (第六条（二）)."""

import hashlib
import re
import secrets
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from expertpool import clock, crypto
from expertpool.accounts.models import User
from expertpool.ledger.services import record
from expertpool.pools.duties import actor
from expertpool.pools.models import Pool
from expertpool.refusals import Refusal, Refused, refuse_if
from experts.models import Application, Attachment, ExitCase

from . import chain
from .applications.filers import why_not_edit
from .cases import why_not_add_evidence

# What a file begins with, its content type, and the extensions that say the same.
SIGNATURES: tuple[tuple[bytes, str, frozenset[str]], ...] = (
    (b"%PDF-", "application/pdf", frozenset({".pdf"})),
    (b"\xff\xd8\xff", "image/jpeg", frozenset({".jpg", ".jpeg"})),
    (b"\x89PNG\r\n\x1a\n", "image/png", frozenset({".png"})),
)
LONGEST_NAME = 160
FIELD = "upload"


class AttachmentDamaged(Exception):
    """The stored bytes are missing or no longer those that were taken in."""


@transaction.atomic
def add_attachment(
    *, application: Application | None = None, exit_case: ExitCase | None = None, kind: str, upload: UploadedFile, by: User
) -> Attachment:
    """Keep one file of evidence with an application (draft or returned) or an open exit case.

    ``kind``: code of the regulation's list for an application, a short word for an exit case. The same bytes a second
    time give the attachment that is there. Refused: a file that is empty, larger than
    ``settings.ATTACHMENT_MAX_BYTES``, of another type than PDF, JPG or PNG, or whose content is not its extension.
    """
    if (application is None) == (exit_case is None):
        raise TypeError("an attachment belongs to an application or to an exit case")
    owner, pool = _locked_owner(application, exit_case)
    if isinstance(owner, Application):
        application = owner
        refuse_if(why_not_edit(owner, actor(by, pool, clock.today())), _why_not_kind(owner, kind))
    else:
        exit_case = owner
        refuse_if(why_not_add_evidence(owner, by, clock.today()))
    name = clean_name(upload.name or "")
    content_type, data = _examined(upload, name)
    sha256 = hashlib.sha256(data).hexdigest()
    known = Attachment.objects.filter(application=application, exit_case=exit_case, kind=kind, sha256=sha256).first()
    if known is not None:
        return known
    stored_as = _store(data)
    try:
        with transaction.atomic():
            attachment = Attachment.objects.create(
                application=application,
                exit_case=exit_case,
                kind=kind,
                original_name=name,
                stored_as=stored_as,
                content_type=content_type,
                size=len(data),
                sha256=sha256,
                uploaded_by=by,
            )
    except Exception:
        path_of(stored_as).unlink(missing_ok=True)
        raise
    body = {"attachment": attachment.pk, "size": len(data), "sha256": sha256}
    record("attachment.added", subject=subject_of(attachment), by=by, pool=pool.code, body=body)
    return attachment


@transaction.atomic
def remove_attachment(*, attachment: Attachment, by: User) -> None:
    """Take a file out of a draft or returned application. Removing it twice changes nothing."""
    found = Attachment.objects.select_for_update().filter(pk=attachment.pk).first()
    if found is None:
        return
    if found.application is None:
        raise Refused(Refusal("evidence", "出库事项的证据材料不能删除。"))
    application, pool = _locked_owner(found.application, None)
    assert isinstance(application, Application)
    refuse_if(why_not_edit(application, actor(by, pool, clock.today())))
    number, sha256, path = found.pk, found.sha256, path_of(found.stored_as)
    found.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))
    body = {"attachment": number, "sha256": sha256}
    record("attachment.removed", subject=f"application:{application.pk}", by=by, pool=pool.code, body=body)


def read_attachment(attachment: Attachment) -> bytes:
    """The bytes that were taken in; raises :class:`AttachmentDamaged` when they cannot be given as they were."""
    try:
        data = crypto.decrypt_bytes(path_of(attachment.stored_as).read_bytes())
    except (OSError, crypto.DecryptionError):
        raise AttachmentDamaged(attachment.pk) from None
    if hashlib.sha256(data).hexdigest() != attachment.sha256:
        raise AttachmentDamaged(attachment.pk)
    return data


@transaction.atomic
def note_reading(*, attachment: Attachment, by: User) -> None:
    """Write down that somebody outside the filing side opened a file of personal evidence. Raises Refused for who may not open it."""
    pool = pool_of(attachment)
    who = actor(by, pool, clock.today())
    if not Attachment.objects.visible_to(who).filter(pk=attachment.pk).exists():
        raise Refused(Refusal("sight", "您不能打开这份材料。"))
    body = {"attachment": attachment.pk, "sha256": attachment.sha256}
    record("attachment.read", subject=subject_of(attachment), by=by, pool=pool.code, body=body)


def pool_of(attachment: Attachment) -> Pool:
    """The pool of what the file belongs to."""
    if attachment.application is not None:
        return attachment.application.pool
    assert attachment.exit_case is not None
    return attachment.exit_case.membership.pool


def subject_of(attachment: Attachment) -> str:
    """What the file belongs to, as the ledger names it."""
    if attachment.application_id is not None:
        return f"application:{attachment.application_id}"
    return f"exit_case:{attachment.exit_case_id}"


def _locked_owner(application: Application | None, exit_case: ExitCase | None) -> tuple[Application | ExitCase, Pool]:
    if application is not None:
        row = Application.objects.select_for_update(of=("self",)).select_related("pool").get(pk=application.pk)
        return row, row.pool
    assert exit_case is not None
    case = ExitCase.objects.select_for_update(of=("self",)).select_related("membership__pool").get(pk=exit_case.pk)
    return case, case.membership.pool


def path_of(stored_as: str) -> Path:
    """Where the sealed bytes lie."""
    return Path(settings.MEDIA_ROOT) / stored_as


def clean_name(name: str) -> str:
    """A file's own name without folders and control characters, at most 160 characters, its extension kept."""
    base = re.sub(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "", name.replace("\\", "/").rsplit("/", 1)[-1]).strip() or "未命名"
    stem, dot, extension = base.rpartition(".")
    return base if len(base) <= LONGEST_NAME or not dot else f"{stem[: LONGEST_NAME - len(extension) - 1]}.{extension}"[:LONGEST_NAME]


def _examined(upload: UploadedFile, name: str) -> tuple[str, bytes]:
    """Content type by the file's first bytes, and its bytes."""
    limit = settings.ATTACHMENT_MAX_BYTES
    if (upload.size or 0) > limit:
        raise Refused(_too_large(name, upload.size or 0, limit))
    data = upload.read(limit + 1)
    if len(data) > limit:
        raise Refused(_too_large(name, len(data), limit))
    if not data:
        raise Refused(Refusal("empty", f"文件“{name}”是空的，请重新选择。", field=FIELD))
    extension = Path(name).suffix.lower()
    for start, content_type, extensions in SIGNATURES:
        if data.startswith(start):
            if extension not in extensions:
                wanted = "、".join(sorted(extensions))
                message = f"文件“{name}”的内容与扩展名不一致：内容是{wanted}格式的文件。请核对后用正确的文件重新上传。"
                raise Refused(Refusal("mismatch", message, field=FIELD))
            return content_type, data
    if any(extension in extensions for _, _, extensions in SIGNATURES):
        message = f"文件“{name}”的内容与扩展名不一致：内容不是{extension}文件，可能已损坏或被改名。请用原文件重新上传。"
        raise Refused(Refusal("mismatch", message, field=FIELD))
    raise Refused(Refusal("type", f"文件“{name}”的类型不能接收，只接收PDF、JPG、PNG文件。请转换后重新上传。", field=FIELD))


def _too_large(name: str, size: int, limit: int) -> Refusal:
    now, most = f"{size / 1048576:.1f}", f"{limit / 1048576:g}"
    return Refusal("too_large", f"文件“{name}”为{now} MB，超过每个文件{most} MB的上限。请压缩或分成几个文件后重新上传。", field=FIELD)


def _why_not_kind(application: Application, kind: str) -> Refusal | None:
    kinds = {one.code for one in chain.edition_for(application).attachments}
    return None if kind in kinds else Refusal("kind", "请选择材料种类。", field="kind")


def _store(data: bytes) -> str:
    """Seal the bytes into a new file whose name tells nothing."""
    name = secrets.token_hex(16)
    stored_as = f"{name[:2]}/{name[2:]}.bin"
    path = path_of(stored_as)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(crypto.encrypt_bytes(data))
    path.chmod(0o600)
    return stored_as
