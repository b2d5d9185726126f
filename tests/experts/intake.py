"""Short ways to an application on its way into the usual pool."""

from datetime import date

from expertpool.desk.todos import waiting_everywhere
from expertpool.pools.models import Pool
from experts.services import applications as services
from experts.services.batches import decide_batch
from tests.factories import ApplicationFactory, UserFactory, due
from tests.refusing import refusals_of

DAY = date(2026, 10, 12)


def refused(call, **arguments):
    """The refusals of a service; a step is answered as the one that is due."""
    if call in (services.endorse, services.review, decide_batch):
        arguments.setdefault("step", due(arguments.get("application") or arguments["batch"]))
    return refusals_of(call, **arguments)


def told(call, **arguments):
    """Code and field of each refusal."""
    return [(one.code, one.field) for one in refused(call, **arguments)]


def employer_of(application):
    """An account of the applicant's employer."""
    return UserFactory(role="employer", organisation=application.employer)


def submitted(**changes):
    """An application that was sent; it waits for the employer."""
    application = ApplicationFactory(**changes)
    return services.submit_application(application=application, by=application.filed_by)


def at_office(**changes):
    """An application that employer and unit have passed on."""
    application = submitted(**changes)
    for by in (employer_of(application), application.filed_by):
        application = services.endorse(application=application, confirmed=True, step=due(application), by=by).application
    return application


def in_state(state):
    """An application in a state, or under review at the step of this code."""
    under = state in ("employer_review", "unit_verification", "office_review")
    return ApplicationFactory(state="under_review", step=state) if under else ApplicationFactory(state=state)


def everything(account):
    """What waits for an account in all its pools and outside them."""
    return waiting_everywhere(account, DAY, Pool.objects.of(account, DAY))
