"""Messages to who asked for experts: whoever files for the unit today, and who filed it as long as he is anything in the pool."""

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.messaging.services import queue_message
from expertpool.pools import duties
from expertpool.regulations import Regulation
from selection.models import DrawRequest

FILE = "requests.file"


def askers(request: DrawRequest, edition: Regulation) -> list[User]:
    """Whom a message about ``request`` reaches: the unit does not lose it when the one who filed has left."""
    on = clock.today()
    found = list(duties.accounts_with(FILE, request.pool, on, organisation=request.department_id, edition=edition))
    filer = request.filed_by
    if filer not in found and duties.actor(filer, request.pool, on).assignments:
        found.append(filer)
    return found


def tell_askers(request: DrawRequest, edition: Regulation, *, kind: str, title: str, body: str, idem: str) -> None:
    """Queue a message to everybody whom it concerns; ``idem`` is what it is the same message by."""
    for account in askers(request, edition):
        queue_message(
            kind=kind,
            to=account,
            address="",
            title=title,
            body=body,
            about=f"request:{request.pk}",
            idem=idem if account.pk == request.filed_by_id else f"{idem}:to:{account.pk}",
            pool=request.pool.code,
        )
