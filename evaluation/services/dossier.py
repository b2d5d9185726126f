"""卷宗: who opens the file of one activity, and when (第十六条). What stands in it: evaluation.pages.dossier."""

from expertpool.pools.duties import Actor
from expertpool.refusals import Refusal
from expertpool.regulations import Regulation
from expertpool.web.templatetags.house import cn_date
from selection.models import DrawRequest
from selection.services.acting import edition_of_activity
from selection.services.sight import duties_for, sight_of

#: Who holds nothing else about a request asked for the experts, recorded who came and evaluates them.
ASKING = frozenset({"requests.file", "attendance.record", "evaluation.score"})


def only_asks(request: DrawRequest, actor: Actor, edition: Regulation) -> bool:
    """Whether ``actor`` knows of the activity because he used its experts, and for no other reason."""
    return duties_for(request, actor, edition) <= ASKING


def why_not_open_dossier(request: DrawRequest, actor: Actor, *, edition: Regulation | None = None) -> Refusal | None:
    """The reason why the dossier stays shut for ``actor``, or None. The request itself is visible to him."""
    edition = edition or edition_of_activity(request)
    if refusal := actor.why_not("dossier.read", organisation=request.department_id, edition=edition):
        return refusal
    if not only_asks(request, actor, edition):
        return None
    if request.state == DrawRequest.State.CLOSED:
        return Refusal("archived", f"本次活动的评价已全部提交，卷宗已归档。如需查阅，请联系{edition.labels.office}。")
    if not sight_of(request, actor, edition).names:
        return Refusal("not_opened", f"活动开始（{cn_date(request.starts_on)}）后可以查阅卷宗，此前只显示确认进度。")
    return None
