"""The ledger: append an event, read events, recompute the whole chain."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection
from django.db.models import Count, F, Max, Q, QuerySet

from expertpool import clock
from expertpool.crypto import digest
from expertpool.regulations.acting import acts_on

from .models import GENESIS, LedgerEvent, LedgerHead

KIND = re.compile(r"[a-z][a-z0-9_.-]{0,59}")
SUBJECT = re.compile(r"[A-Za-z][A-Za-z0-9_.:/-]{0,79}")
IDEM = re.compile(r"[!-~]{1,120}")
LONGEST = 200
# A whole identity number or mobile number: the two that slip into a body most easily.
PERSONAL = re.compile(r"(?<![0-9A-Za-z])([0-9]{17}[0-9Xx]|1[3-9][0-9]{9})(?![0-9A-Za-z])")


@dataclass(frozen=True)
class Head:
    """Number and chain value of an event: whoever holds it outside can tell whether the chain was rewritten before it."""

    seq: int
    chain: str

    def __str__(self) -> str:
        return f"{self.seq} {self.chain}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Read what :meth:`__str__` wrote, from the first line that is no comment (#); raises ValueError."""
        for line in text.splitlines():
            match = re.fullmatch(r"([0-9]{1,18}) ([0-9a-f]{64})", line.strip())
            if match:
                return cls(int(match[1]), match[2])
            if line.strip() and not line.startswith("#"):
                break
        raise ValueError("a head is written as its number, a space and 64 hexadecimal digits")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the chain, at event ``seq``."""

    seq: int
    message: str

    def __str__(self) -> str:
        return f"{self.seq}: {self.message}"


class SentBefore(Exception):
    """The same form was sent in this very moment by another request; ``subject`` is what that one made.

    Raised inside a transaction by who recorded with a key and got the other's event back: all of his own is undone.
    """

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self.subject = subject


def made_before(idem: str | None) -> str:
    """The subject of the event that bears this key, or "": what a form that is sent again has made already."""
    known = LedgerEvent.objects.filter(idem=idem).first() if idem else None
    return known.subject if known else ""


def canonical(value: Any) -> str:
    """``value`` as the one JSON text that is hashed: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def leaf_of(body: str) -> str:
    """SHA-256(00‖body) in hex."""
    return sha256(b"\x00" + body.encode()).hexdigest()


def chain_of(prev: str, leaf: str) -> str:
    """SHA-256(02‖prev‖leaf) in hex, over the 32 bytes that each hex text stands for."""
    return sha256(b"\x02" + bytes.fromhex(prev) + bytes.fromhex(leaf)).hexdigest()


def sealed(purpose: str, text: str) -> str:
    """A keyed hash (64 hex digits) of a text that stays in its own row, for an event's body (docs/adr/0008-sealed-texts.md).

    It proves the text to whoever has the key ring and tells nobody else anything, before and after the text is
    erased. ``purpose`` says what the text is, and of which row (``exit.reason:12``): equal texts then look different.
    """
    return digest(f"ledger:{purpose}", text.strip())


def plain(code: str) -> str:
    """An article key or an old code for an event's body, which takes ASCII only (附表1 becomes its escaped form)."""
    return code.encode("ascii", "backslashreplace").decode()


def check_body(value: Any, path: str = "body") -> None:
    """Raise ValueError, never quoting the value, when ``value`` cannot enter an event."""
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise ValueError(f"{path}: keys of a ledger body are strings")
            check_body(key, f"a key of {path}")
            check_body(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            check_body(inner, f"{path}[{number}]")
    elif isinstance(value, str | int):
        text = str(value)
        if len(text) > LONGEST:
            raise ValueError(f"{path}: longer than {LONGEST} characters; record a hash (sealed) instead")
        if not text.isascii():
            raise ValueError(f"{path}: only ASCII enters the ledger; record a code or a hash (sealed) instead")
        if PERSONAL.search(text):
            raise ValueError(f"{path}: looks like an identity or phone number; personal data does not enter the ledger")
    else:
        raise ValueError(f"{path}: {type(value).__name__} does not enter the ledger (str, int, bool, None, list, dict do)")


@acts_on("rules.practice", "trail")
def record(
    kind: str, *, subject: str, by: AbstractBaseUser | None, body: dict[str, Any] | None = None, pool: str = "", idem: str | None = None
) -> LedgerEvent:
    """Append an event; call it as the last statement of the business transaction that it tells of.

    ``kind`` as ``application.submitted``; ``subject`` as ``application:12``; ``by`` the account that acts or None for
    the system; ``body`` codes, numbers and commitments only (see :func:`check_body`); ``pool`` the code of the pool that it
    belongs to. With an ``idem`` that is already recorded nothing is appended and that event is returned.

    Raises ValueError for what may not enter, RuntimeError outside a transaction.
    """
    _check(kind, [(subject, body)], idem)
    head = _locked_head()
    if idem is not None:
        known = LedgerEvent.objects.filter(idem=idem).first()
        if known is not None:
            return known
    (event,) = _append(head, kind, [(subject, body)], by, pool=pool, idem=idem)
    return event


def record_all(
    kind: str, events: Sequence[tuple[str, dict[str, Any] | None]], *, by: AbstractBaseUser | None, pool: str = ""
) -> list[LedgerEvent]:
    """Append one event of a kind for each ``(subject, body)``, in their order; as :func:`record`, in a few statements for all."""
    _check(kind, events)
    return _append(_locked_head(), kind, events, by, pool=pool) if events else []


def _check(kind: str, events: Sequence[tuple[str, dict[str, Any] | None]], idem: str | None = None) -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("a ledger event belongs into the transaction of its act")
    if not KIND.fullmatch(kind) or not all(SUBJECT.fullmatch(subject) for subject, _ in events):
        raise ValueError("kind and subject are short ASCII codes")
    if idem is not None and not IDEM.fullmatch(idem):
        raise ValueError("idem is printable ASCII without spaces, at most 120 characters")
    check_body(idem, "subject or idem")
    for subject, body in events:
        check_body(subject, "subject or idem")
        check_body(body or {})


def _locked_head() -> LedgerHead:
    """One lock for the whole chain, held until the act commits: the numbers are the order of the commits."""
    head, _ = LedgerHead.objects.select_for_update().get_or_create(pk=1)
    return head


def _append(
    head: LedgerHead,
    kind: str,
    events: Sequence[tuple[str, dict[str, Any] | None]],
    by: AbstractBaseUser | None,
    *,
    pool: str,
    idem: str | None = None,
) -> list[LedgerEvent]:
    """Write the events behind the locked head and move it. ``idem`` belongs to a single event."""
    subjects = {subject for subject, _ in events}
    counted = LedgerEvent.objects.filter(subject__in=subjects).order_by().values_list("subject").annotate(last=Max("subject_seq"))
    last: dict[str, int] = dict(counted)
    at = clock.now()
    made = []
    for subject, data in events:
        head.seq += 1
        last[subject] = last.get(subject, 0) + 1
        told = {"pool": pool} if pool else {}
        text = canonical(
            {
                **told,
                "seq": head.seq,
                "kind": kind,
                "subject": subject,
                "subject_seq": last[subject],
                "actor": by.pk if by else None,
                "at": stamp(at),
                "data": data or {},
            }
        )
        leaf = leaf_of(text)
        prev, head.chain = head.chain, chain_of(head.chain, leaf)
        made.append(
            LedgerEvent(
                seq=head.seq,
                kind=kind,
                subject=subject,
                subject_seq=last[subject],
                actor=by,  # type: ignore[misc]  # the accounts stand above
                at=at,
                pool=pool,
                body=text,
                leaf=leaf,
                prev=prev,
                chain=head.chain,
                idem=idem,
            )
        )
    LedgerEvent.objects.bulk_create(made)
    head.save(update_fields=["seq", "chain"])
    return made


def stamp(moment: datetime) -> str:
    """An aware moment as ``2026-11-21T03:04:05Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def head() -> Head:
    """The head of the chain now; number 0 when nothing is recorded."""
    row = LedgerHead.objects.filter(pk=1).first()
    return Head(row.seq, row.chain) if row else Head(0, GENESIS)


def events(subject_prefix: str = "", *, after: int = 0, pool: str | None = None) -> QuerySet[LedgerEvent]:
    """Events in their order, with their actors.

    ``subject_prefix`` names a subject (``draw:ZJK2026-000001``, together with what lies below it as in
    ``draw:ZJK2026-000001/round:1``) or, ending with a colon, a whole kind of subjects. ``after`` leaves out events
    up to that number; ``pool`` (a code) all but the events of that pool.
    """
    found = LedgerEvent.objects.select_related("actor").order_by("seq")
    if pool is not None:
        found = found.filter(pool=pool)
    if after:
        found = found.filter(seq__gt=after)
    if subject_prefix.endswith(":"):
        return found.filter(subject__startswith=subject_prefix)
    if subject_prefix:
        return found.filter(Q(subject=subject_prefix) | Q(subject__startswith=subject_prefix + "/"))
    return found


def data_of(event: LedgerEvent) -> dict[str, Any]:
    """What the act put into the event."""
    data: dict[str, Any] = json.loads(event.body)["data"]
    return data


COLUMNS = ("seq", "kind", "subject", "subject_seq", "actor_id", "at", "pool", "body", "leaf", "prev", "chain")


def _wrong_body(row: dict[str, Any]) -> str | None:
    """Why the columns of a row are not what its body says, or None."""
    try:
        body = json.loads(row["body"])
        if canonical(body) != row["body"]:
            return "内容不是规范写法"
    except ValueError:
        return "内容无法解读"
    told = {
        "seq": row["seq"],
        "kind": row["kind"],
        "subject": row["subject"],
        "subject_seq": row["subject_seq"],
        "actor": row["actor_id"],
        "at": stamp(row["at"]),
    }
    if isinstance(body, dict) and "pool" in body:
        # Events from before there were several pools do not name theirs.
        told["pool"] = row["pool"]
    if not isinstance(body, dict) or {key: value for key, value in body.items() if key != "data"} != told:
        return "登记的事项、对象、操作人或时间与内容不符"
    return None


def verify(head: Head | None = None) -> Iterator[Problem]:
    """Recompute the whole chain and yield everything that is wrong with it; constant memory.

    ``head`` is one that was kept outside (:class:`Head`): the chain must still run through it. Without one, a chain
    that was rewritten as a whole by whoever commands the database cannot be told from a true one.
    """
    expected, prev = 1, GENESIS
    met = head is None
    if head is not None and head.seq == 0:
        met = head.chain == GENESIS
    for row in LedgerEvent.objects.order_by("seq").values(*COLUMNS).iterator(chunk_size=1000):
        seq = row["seq"]
        if seq != expected:
            yield Problem(seq, f"序号不连续，缺第{expected}条")
        if row["prev"] != prev:
            yield Problem(seq, "前一链值与上一条不符")
        if leaf_of(row["body"]) != row["leaf"]:
            yield Problem(seq, "内容与内容摘要不符，内容被改动过")
        if _is_hex(row["prev"]) and _is_hex(row["leaf"]):
            if chain_of(row["prev"], row["leaf"]) != row["chain"]:
                yield Problem(seq, "链值不符")
        else:
            yield Problem(seq, "链值写法不符")
        wrong = _wrong_body(row)
        if wrong:
            yield Problem(seq, wrong)
        if head is not None and seq == head.seq:
            met = True
            if row["chain"] != head.chain:
                yield Problem(seq, "与留存在系统之外的链值不符，此前的记录被重写过")
        expected, prev = seq + 1, row["chain"]
    if not met and head is not None:
        yield Problem(head.seq, "留存在系统之外的链值所指的记录不存在，记录被截去或重写")
    kept = LedgerHead.objects.filter(pk=1).first() or LedgerHead(seq=0, chain=GENESIS)
    if (kept.seq, kept.chain) != (expected - 1, prev):
        yield Problem(kept.seq, "链头与最后一条记录不符")
    gaps = LedgerEvent.objects.order_by().values("subject").annotate(n=Count("seq"), top=Max("subject_seq")).exclude(n=F("top"))
    for gap in gaps.iterator(chunk_size=1000):
        yield Problem(gap["top"], f"对象{gap['subject']}的序号不连续")


def _is_hex(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None
