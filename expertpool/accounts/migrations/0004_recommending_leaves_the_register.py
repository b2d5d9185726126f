from django.db import migrations


class Migration(migrations.Migration):
    """Which units recommend, and in which fields, is each pool's own affair (pools.RecommendingUnit)."""

    dependencies = [
        ('accounts', '0003_whole_change_reasons'),
        # Each pool has taken over what is its own.
        ('pools', '0006_recommending_units_carried_over'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='historicalorganisation',
            name='field_scope',
        ),
        migrations.RemoveField(
            model_name='historicalorganisation',
            name='recommends',
        ),
        migrations.RemoveField(
            model_name='organisation',
            name='field_scope',
        ),
        migrations.RemoveField(
            model_name='organisation',
            name='recommends',
        ),
    ]
