from django.db import migrations, models


class Migration(migrations.Migration):
    """The reason of a change is kept whole."""

    dependencies = [
        ("selection", "0011_requests_steps_carried"),
    ]

    operations = [
        migrations.AlterField(
            model_name="historicaldrawrequest",
            name="history_change_reason",
            field=models.TextField(null=True),
        ),
    ]
