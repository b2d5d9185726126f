from django.db import migrations

from expertpool.regulations import NoEditionInForce, catalogue

# The old states, and the role whose approval a request waited for in each.
ROLES = {"office_review": "office", "inspector_review": "inspector", "leader_review": "leader"}


def step_for(code, edition, file_hash, role):
    """The step of the edition that a request was submitted under at which this role answers, and whether it has a time to answer."""
    try:
        rules = catalogue.get(code, file_hash).request
    except LookupError:
        try:
            rules = catalogue.in_force(code, edition).request
        except (NoEditionInForce, TypeError):
            rules = None
    found = next((one for one in (rules.approvals if rules else ()) if one.role == role), None)
    return (found.code, found.workdays is not None) if found else (role, role == "office")


def forwards(apps, schema_editor):
    request = apps.get_model("selection", "DrawRequest")
    for model in (request, apps.get_model("selection", "HistoricalDrawRequest")):
        for state, role in ROLES.items():
            waiting = model.objects.filter(state=state)
            for code, edition, file_hash in list(waiting.order_by().values_list("rule_code", "rule_edition", "rule_hash").distinct()):
                step, timed = step_for(code, edition, file_hash, role)
                rows = waiting.filter(rule_code=code, rule_edition=edition, rule_hash=file_hash)
                rows.update(state="under_approval", step=step, **({} if timed else {"due_at": None}))
    # A time to answer ends with the approvals.
    request.objects.exclude(state="under_approval").update(due_at=None)
    apps.get_model("selection", "Approval").objects.filter(step="shortage").update(step="request.sent-back")


class Migration(migrations.Migration):
    """What waits for an approval waits for the same one under its step's code."""

    dependencies = [("selection", "0010_requests_steps")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
