"""What the applicant himself states in his application: which of the two boxes an edition asks for, in which words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from expertpool.refusals import Refusal
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import Attestation, Condition, Consent

CONSENTS, ATTESTS = "consents", "attests_clean_record"
#: The conditions that each box answers.
_READ_BY = {CONSENTS: ("consent",), ATTESTS: ("attested", "no_prior_removal")}


@dataclass(frozen=True)
class Statement:
    """A box of the application: its column, what the applicant states in it, and the articles that ask for it.

    ``listed``: what the edition itself lists for it; without it the box stands for conditions or steps that read it.
    """

    column: str
    text: str
    articles: tuple[str, ...]
    listed: tuple[Consent | Attestation, ...] = ()


@acts_on("intake.consents.text")
@acts_on("intake.attestations.text")
def statements(regulation: Regulation) -> tuple[Statement, ...]:
    """The boxes that the edition asks for, in its words; none that it does not ask for."""
    conditions = [*regulation.conditions, *(one for kind in regulation.expert_types for one in kind.conditions)]
    listed: dict[str, tuple[Consent | Attestation, ...]] = {
        CONSENTS: regulation.intake.consents,
        ATTESTS: tuple(one for one in regulation.intake.attestations if one.by == "applicant"),
    }
    found = []
    for column, own in listed.items():
        texts = [one.text for one in own] or [f"本人声明：{one.name}。" for one in _reading(conditions, column)]
        articles = [one.article for one in own] or [one.article for one in _reading(conditions, column)]
        steps = [step for step in regulation.intake.steps if "consent" in step.needs or step.kind == "consent"]
        if column == CONSENTS and not texts and steps:
            texts, articles = ["本人自愿申请入库。"], [step.article for step in steps]
        if texts:
            found.append(Statement(column, "".join(texts), tuple(dict.fromkeys(articles)), own))
    return tuple(found)


def _reading(conditions: Iterable[Condition], column: str) -> Iterator[Condition]:
    for one in conditions:
        if one.strategy in _READ_BY[column]:
            yield one
        yield from _reading(one.alternatives, column)


@acts_on("intake.consents")
@acts_on("intake.attestations")
@acts_on("intake.attestations.by", "applicant")
def why_not_stated(regulation: Regulation, given: Iterable[str]) -> list[Refusal]:
    """A refusal for each box that the edition lists and that is not in ``given`` (columns), with its first article."""
    return [
        Refusal.under(
            regulation, "unstated", f"请由本人确认“{one.listed[0].name}”并勾选：{one.text}", one.listed[0].article, field=one.column
        )
        for one in statements(regulation)
        if one.listed and one.column not in given
    ]
