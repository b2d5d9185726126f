"""Which edition speaks in this room: of an evaluation and a report their own. Of an activity: ``selection.services.acting``."""

from evaluation.models import Evaluation, ViolationReport
from expertpool.pools.editions import edition_of
from expertpool.refusals import Refusal, Refused
from expertpool.regulations import Regulation
from expertpool.regulations.schema import Evaluation as EvaluationRules


def of_evaluation(evaluation: Evaluation) -> Regulation:
    """The edition that an evaluation was opened under; it is loaded with its participation, request and pool."""
    return edition_of(evaluation, evaluation.participation.request.pool)


def of_report(report: ViolationReport) -> Regulation:
    """The edition that a violation was reported under; loaded as :func:`of_evaluation` says."""
    return edition_of(report, report.participation.request.pool)


def rules_of(edition: Regulation) -> EvaluationRules:
    """What an edition says of evaluations; Refused where it says nothing."""
    if edition.evaluation is None:
        raise Refused(Refusal("no-evaluation", "适用的规定没有规定履职评价。", regulation=edition.code))
    return edition.evaluation
