"""Which units recommend stood on the register that all pools share; each pool in which a unit recommends keeps it now."""

from django.db import migrations


def carry_over(apps, schema_editor):
    """A unit recommends as before in every pool where an account acts, or acted, for it as one that may.

    One for which nobody ever acted goes to the only pool, if there is one only: with several nobody can say whose it is.
    """
    Organisation = apps.get_model("accounts", "Organisation")
    Assignment = apps.get_model("pools", "Assignment")
    Pool = apps.get_model("pools", "Pool")
    Field = apps.get_model("pools", "Field")
    RecommendingUnit = apps.get_model("pools", "RecommendingUnit")
    pools = list(Pool.objects.values_list("pk", flat=True))
    for unit in Organisation.objects.order_by("pk"):
        if not unit.recommends and not unit.field_scope:
            continue
        acting = Assignment.objects.filter(organisation=unit, role__in=("recommending_unit", "department"), pool__isnull=False)
        places = sorted(set(acting.values_list("pool", flat=True)))
        if not places and len(pools) == 1:
            places = pools
        for pool in places:
            row = RecommendingUnit.objects.create(pool_id=pool, organisation=unit)
            row.fields.set(Field.objects.filter(pool_id=pool, code__in=unit.field_scope or []))


class Migration(migrations.Migration):
    dependencies = [("pools", "0005_recommendingunit"), ("accounts", "0003_whole_change_reasons")]

    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop, elidable=True)]
