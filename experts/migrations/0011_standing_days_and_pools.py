"""What stood there before gets its first day and its pool (a step of its own: PostgreSQL changes no table with rows in the air)."""

from django.db import migrations

from expertpool import clock


def begin_marks(apps, schema_editor):
    """A mark holds from the Beijing day on which it was set."""
    Mark = apps.get_model("experts", "Mark")
    for mark in Mark.objects.iterator():
        mark.starts_on = clock.day_of(mark.set_at)
        mark.save(update_fields=["starts_on"])


def place_disclosures(apps, schema_editor):
    """A value was shown in the pool of its subject; where that is of several, in the only one in which who looked acts.

    Where neither is certain the place stays empty: a guess would show a look to an office that it was not about.
    """
    Disclosure = apps.get_model("experts", "Disclosure")
    Assignment = apps.get_model("pools", "Assignment")
    sources = {
        "expert": (apps.get_model("experts", "Membership"), "expert_id", "pool_id"),
        "application": (apps.get_model("experts", "Application"), "id", "pool_id"),
        "objection": (apps.get_model("experts", "Objection"), "id", "publicity__batch__pool_id"),
        "drawrequest": (apps.get_model("selection", "DrawRequest"), "id", "pool_id"),
    }
    for row in Disclosure.objects.iterator():
        kind, _colon, key = row.subject.partition(":")
        if kind not in sources or not key.isdigit():
            continue
        model, column, path = sources[kind]
        pools = sorted(set(model.objects.filter(**{column: int(key)}).values_list(path, flat=True)))
        if len(pools) > 1:
            pools = sorted(set(Assignment.objects.filter(account=row.by_id, pool__in=pools).values_list("pool_id", flat=True)))
        if len(pools) == 1:
            row.pool_id = pools[0]
            row.save(update_fields=["pool"])


def nothing(apps, schema_editor):
    """The columns go, and what is in them with them."""


class Migration(migrations.Migration):
    dependencies = [
        ("experts", "0010_standing_marks_and_disclosures"),
        ("pools", "0003_prefix_once"),
        ("selection", "0003_pool_models_moved"),
    ]

    operations = [migrations.RunPython(begin_marks, nothing), migrations.RunPython(place_disclosures, nothing)]
