from django.db import migrations, models


class Migration(migrations.Migration):
    """The reason of a change is kept whole."""

    dependencies = [
        ("accounts", "0002_role_becomes_assignment"),
    ]

    operations = [
        migrations.AlterField(
            model_name="historicalorganisation",
            name="history_change_reason",
            field=models.TextField(null=True),
        ),
        migrations.AlterField(
            model_name="historicaluser",
            name="history_change_reason",
            field=models.TextField(null=True),
        ),
    ]
