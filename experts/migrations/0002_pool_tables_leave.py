from django.db import migrations

OF_NO_POOL = ("employer", "expert", "system_admin", "security_admin", "audit_admin")


def demand_a_pool(apps, schema_editor):
    """Nothing is changed yet: here, and not later, whoever would lose what he is can still be given a pool with the program that runs."""
    if apps.get_model("experts", "Pool").objects.exists():
        return
    waiting = apps.get_model("accounts", "User").objects.exclude(role__in=OF_NO_POOL).order_by("username")
    if names := "、".join(waiting.values_list("username", flat=True)):
        raise RuntimeError(
            f"本系统尚未建立专家库，以下账号升级后的任职无处落实：{names}。数据未作任何改动；请先用升级前的版本建立专家库，再重新升级。"
        )


class Migration(migrations.Migration):
    """The pool and its fields move to the ground floor (expertpool.pools): first their tables take the names they have there."""

    dependencies = [
        ("accounts", "0001_initial"),
        ("experts", "0001_initial"),
        ("selection", "0002_waiver_once"),
        ("evaluation", "0002_deadlines_and_returns"),
    ]

    operations = [
        migrations.RunPython(demand_a_pool, migrations.RunPython.noop),
        migrations.AlterModelTable("Pool", "pools_pool"),
        migrations.AlterModelTable("Field", "pools_field"),
        migrations.AlterModelTable("HistoricalPool", "pools_historicalpool"),
        migrations.AlterModelTable("HistoricalField", "pools_historicalfield"),
    ]
