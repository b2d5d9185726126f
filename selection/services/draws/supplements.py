"""补充抽取: a further round for exactly what contact could not fill, supervised again (第十三条（三））."""

from django.db import transaction

from expertpool.accounts.models import User
from expertpool.refusals import Refusal, refuse_all
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from selection.domain import protocol, seats
from selection.models import Attempt, Draw, DrawRequest
from selection.services import contacts
from selection.services.acting import GIVEN_UP, no
from selection.services.running import RunningDraw

from .freezing import judged_for_freeze, prepare, why_not_run, write_attempt
from .shortage import shortages, waivers_that_count


def why_not_supplement_under(book: contacts.Book, regulation: Regulation, by: User) -> list[Refusal]:
    """Why no supplementary round can be frozen now under the edition of the draw (第十三条（三）); empty if it can."""
    request = book.draw.request
    rule = regulation.draw.supplementary if regulation.draw else None
    if rule is None:
        return [no("no_supplementary", "现行规定没有补充抽取的条款。")]
    if book.file is None:
        return [no("not_drawn", "目前没有已抽出的名单，不能补充抽取。")]
    if request.state == DrawRequest.State.CANCELLED:
        return [GIVEN_UP]
    found = []
    names = {one.code: one.name for one in request.pool.fields.all()}
    asked = {one.candidate.field.code for one in book.open_invitations}
    waiting = set(seats.unfinished(book.lists, book.lines)) | asked
    if not any(book.missing.values()):
        found.append(no("nothing_missing", "各专业的专家人数已经满足，不需要补充抽取。", regulation, rule.article))
    elif waiting and not asked and not book.due:
        text = "补充名单的名额曾经满足，前一轮又有专家退出：名单上其余的人按抽取规程不再轮到，也不能补充抽取。请终止抽取，另行申请。"
        found.append(no("closed_round", text, regulation, rule.article))
    elif waiting:
        listed = "、".join(names.get(code, code) for code in sorted(waiting))
        found.append(no("unfinished", f"名单上的专家还没有联系完（{listed}），联系完毕仍不足时才能补充抽取。", regulation, rule.article))
    return found + why_not_run(request, book.draw, regulation, by)


@transaction.atomic
@acts_on("draw.supplementary")
@acts_on("draw.supplementary.seats")
@acts_on("draw.supplementary.automatic", False)
def open_supplementary_round(*, draw: Draw, by: User) -> Attempt:
    """Freeze round r+1 for exactly what is missing, same conditions, nobody twice, supervised again (第十三条（三）).

    A second call by the same account returns the frozen attempt. Ledger ``draw.frozen``.
    """
    running = RunningDraw.of(draw)
    book, last = running.book, running.book.last
    if last is not None and last.round and last.state == Attempt.State.FROZEN and last.frozen_by_id == by.pk:
        return last
    refuse_all(why_not_supplement_under(book, running.regulation, by))
    assert book.file is not None and last is not None
    wanted = {code: count for code, count in book.missing.items() if count}
    # Judged before the close is recorded: from then on everybody's acts wait for the end of this one.
    judged = judged_for_freeze(running.draw, running.regulation, wanted, book)
    if book.close is None:
        contacts.append_close(book)
        book = running.reread()
    return write_attempt(running.draw, running.regulation, judged, round=last.round + 1, attempt=1, prev=book.head, by=by)


def supplementary_shortages(book: contacts.Book, regulation: Regulation) -> dict[tuple[str, ...], Refusal]:
    """By the fields that are short together: why the next round cannot be frozen for want of candidates.

    A countersigned waiver of one of them clears it.
    """
    wanted = {code: count for code, count in book.missing.items() if count}
    if not wanted or regulation.draw is None:
        return {}
    lines, full = prepare(book.draw.request, regulation, wanted, book)
    census = protocol.census_of(lines, full)
    needs = protocol.lowered(census, full, waivers_that_count(book.draw))
    refusals = shortages(book.draw.request, regulation, census, needs)
    return {short.fields: refusal for short, refusal in zip(protocol.shortages(census, needs), refusals, strict=True)}
