"""Each application and list gets the code of the step that it waits for; decisions on lists become rows of their own."""

from django.db import migrations

from expertpool.regulations import catalogue

STATE_OF_OLD = {"employer_review": "under_review", "unit_verification": "under_review", "office_review": "under_review"}
#: The order in which all five regulations of the time took the steps that followed the review.
AFTER_REVIEW = ("department_decision", "publicity", "admission")
DECISION = "department_decision"
FOR_A_UNIT = ("recommending_unit", "department", "employer")


def steps_of(row, code):
    """The step codes of a row's channel: by the edition it was sent under, else by the latest of its pool's regulation."""
    editions = catalogue.editions(code)
    edition = next((one for one in editions if one.file_hash == row.rule_hash), editions[-1] if editions else None)
    channel = next((one for one in edition.intake.channels if one.code == row.channel), None) if edition is not None else None
    return channel.steps if channel is not None else ("employer_review", "unit_verification", "office_review", *AFTER_REVIEW)


def next_of(row, code, *wanted):
    """The first step of a row's channel among ``wanted``, else its last."""
    steps = steps_of(row, code)
    return next((step for step in wanted if step in steps), steps[-1])


def due(row, code, batches, publicities):
    """The code of the step that a row waits for."""
    if row.state in STATE_OF_OLD:
        return row.state
    if row.state == "passed":
        return next_of(row, code, *AFTER_REVIEW)
    if row.state == "proposed":
        decided = row.batch_id in batches and batches[row.batch_id].decided_on is not None
        if decided and publicities.get(row.batch_id) == "exempt":
            return "admission"
        return next_of(row, code, *AFTER_REVIEW[1 if decided else 0 :])
    if row.state == "in_publicity":
        return "publicity" if publicities.get(row.batch_id) == "open" else "admission"
    return ""


def carry(apps, schema_editor):
    """Steps of applications, in their rows and their histories."""
    Application = apps.get_model("experts", "Application")
    History = apps.get_model("experts", "HistoricalApplication")
    Assignment = apps.get_model("pools", "Assignment")
    regulation = dict(apps.get_model("pools", "Pool").objects.values_list("pk", "regulation_code"))
    batches = {row.pk: row for row in apps.get_model("experts", "Batch").objects.all()}
    publicities = dict(apps.get_model("experts", "Publicity").objects.values_list("batch_id", "state"))
    units, experts = {}, set()
    for one in Assignment.objects.order_by("pk"):
        if one.role in FOR_A_UNIT and one.organisation_id is not None:
            units.setdefault(one.account_id, one.organisation_id)
        if one.role == "expert":
            experts.add(one.account_id)
    accounts = dict(apps.get_model("experts", "Expert").objects.exclude(user=None).values_list("pk", "user_id"))
    for row in Application.objects.only(
        "pk", "state", "step", "channel", "rule_hash", "batch_id", "pool_id", "filed_by_id", "expert_id"
    ).iterator():
        Application.objects.filter(pk=row.pk).update(
            step=due(row, regulation[row.pool_id], batches, publicities),
            state=STATE_OF_OLD.get(row.state, row.state),
            filed_for_id=units.get(row.filed_by_id),
            applicant_id=row.filed_by_id if row.filed_by_id in experts else accounts.get(row.expert_id),
        )
    for old, new in STATE_OF_OLD.items():
        History.objects.filter(state=old).update(state=new, step=old)


def carry_lists(apps, schema_editor):
    """The step of each list, the edition of its applications, and its decision."""
    Batch = apps.get_model("experts", "Batch")
    Application = apps.get_model("experts", "Application")
    Decision = apps.get_model("experts", "BatchDecision")
    Assignment = apps.get_model("pools", "Assignment")
    publicities = dict(apps.get_model("experts", "Publicity").objects.values_list("batch_id", "state"))
    regulation = dict(apps.get_model("pools", "Pool").objects.values_list("pk", "regulation_code"))
    for batch in Batch.objects.order_by("pk"):
        first = Application.objects.filter(batch=batch).order_by("pk").first()
        if first is not None:
            batch.rule_code, batch.rule_edition, batch.rule_hash = first.rule_code, first.rule_edition, first.rule_hash
            code = regulation[batch.pool_id]
            if batch.state == "collecting":
                batch.step = next_of(first, code, *AFTER_REVIEW)
            elif batch.state == "decided":
                batch.step = "admission" if publicities.get(batch.pk) == "exempt" else next_of(first, code, *AFTER_REVIEW[1:])
            elif batch.state == "in_publicity":
                batch.step = "publicity" if publicities.get(batch.pk) == "open" else "admission"
        batch.save()
        if batch.decided_on is not None and batch.decided_by_id is not None:
            leader = Assignment.objects.filter(account=batch.decided_by_id, role="leader").exists()
            Decision.objects.create(
                batch=batch,
                step=DECISION,
                document=batch.decision_document,
                decided_on=batch.decided_on,
                by_id=batch.decided_by_id,
                recorded=not leader,
            )


def carry_reviews(apps, schema_editor):
    """All reviews until now were the office's."""
    apps.get_model("experts", "Review").objects.filter(step="").update(step="office_review")


def nothing(apps, schema_editor):
    """The columns go, and what is in them with them."""


class Migration(migrations.Migration):
    dependencies = [("experts", "0012_intake_chain")]

    operations = [
        migrations.RunPython(carry, nothing),
        migrations.RunPython(carry_lists, nothing),
        migrations.RunPython(carry_reviews, nothing),
    ]
