from django.db import migrations, models


class Migration(migrations.Migration):
    """The reason of a change is kept whole."""

    dependencies = [
        ("pools", "0003_prefix_once"),
    ]

    operations = [
        migrations.AlterField(
            model_name="historicalassignment",
            name="history_change_reason",
            field=models.TextField(null=True),
        ),
        migrations.AlterField(
            model_name="historicalfield",
            name="history_change_reason",
            field=models.TextField(null=True),
        ),
        migrations.AlterField(
            model_name="historicalpool",
            name="history_change_reason",
            field=models.TextField(null=True),
        ),
    ]
