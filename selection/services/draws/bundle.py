"""卷宗: the protocol's files, which anybody can recompute (docs/draw-protocol.md)."""

import io
import zipfile

from expertpool.refusals import Refused
from selection.domain import protocol
from selection.models import Attempt, Draw
from selection.services import contacts
from selection.services.acting import no


def files(draw: Draw) -> dict[str, str]:
    """The protocol's files by their path in the bundle; of an attempt that is only frozen there are pool and manifest."""
    found: dict[str, str] = {}
    for one in contacts.with_lines(draw):
        folder = f"round-{one.round}-attempt-{one.attempt}"
        found[f"{folder}/pool.txt"] = one.pool_text
        found[f"{folder}/manifest.txt"] = one.manifest_text
        if one.state == Attempt.State.ABORTED:
            found[f"{folder}/abort.txt"] = one.abort_text
            continue
        if one.state == Attempt.State.FROZEN:
            continue
        found[f"{folder}/result.txt"] = one.result_text
        lines = [line.text for line in one.contact_lines.all()]
        found[f"{folder}/contacts.txt"] = protocol.contacts_text(draw.alg, one.result_text, lines)
    return found


def bundle(draw: Draw) -> bytes:
    """The ZIP that ``verify_draw.py`` checks; the same draw gives the same bytes.

    Refused while nothing is frozen: there is nothing to check yet.
    """
    texts = files(draw)
    if not texts:
        raise Refused(no("nothing_drawn", "名单尚未冻结，还没有可以核验的卷宗。"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, text in texts.items():
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, text.encode("ascii"))
    return buffer.getvalue()
