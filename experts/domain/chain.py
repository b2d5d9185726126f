"""The chain of steps of an application: which step is due, which follows, and who must take it. Pure."""

from collections.abc import Iterable

from expertpool.regulations.schema import Channel, Regulation, Step

#: Steps of one person's file; the others, and these where they need a list, are taken for a list.
OF_A_FILE = frozenset({"consent", "endorse", "review", "decide"})
#: The unit whose account takes a step, as the edition writes it, which also names the role that recommends.
RECOMMENDS = "recommending_unit"


def duty_of(step: Step) -> str:
    """The duty of taking a step."""
    return f"intake.{step.code}"


def for_a_list(step: Step) -> bool:
    """Whether applications must stand on a list before the step is taken."""
    return step.batch or step.kind == "publicity"


def of_a_file(step: Step) -> bool:
    """Whether the step is taken for one application by itself."""
    return step.kind in OF_A_FILE and not for_a_list(step)


def step_at(chain: tuple[Step, ...], code: str) -> Step | None:
    """The step with this code; None where nothing is due or the chain has no such step."""
    return next((step for step in chain if step.code == code), None)


def step_after(chain: tuple[Step, ...], code: str) -> Step | None:
    """The step behind the one with this code, the first one for ``""``; None behind the last. KeyError for a step of another chain."""
    if not code:
        return chain[0] if chain else None
    codes = [step.code for step in chain]
    if code not in codes:
        raise KeyError(code)
    following = chain[codes.index(code) + 1 :]
    return following[0] if following else None


def rest_of(chain: tuple[Step, ...], code: str) -> tuple[Step, ...]:
    """The steps from the one with this code to the end."""
    codes = [step.code for step in chain]
    return chain[codes.index(code) :] if code in codes else ()


def completes_himself(chain: Iterable[Step]) -> bool:
    """Whether the applicant agrees and completes his file in a step of the chain, so that others may send it without that."""
    return any(step.kind == "consent" for step in chain)


def recommending_roles(edition: Regulation, channel: Channel) -> frozenset[str]:
    """The roles that act for the recommending unit of an application on a channel."""
    return frozenset({RECOMMENDS, *(step.role for step in edition.intake.chain(channel.code) if step.unit == RECOMMENDS)})
