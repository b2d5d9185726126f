from django.db import migrations


class Migration(migrations.Migration):
    """What a list's decision said stands in rows of its own now."""

    dependencies = [("experts", "0013_intake_rows_carried_over")]

    operations = [
        migrations.RemoveField(
            model_name="batch",
            name="decided_by",
        ),
        migrations.RemoveField(
            model_name="batch",
            name="decided_on",
        ),
        migrations.RemoveField(
            model_name="batch",
            name="decision_document",
        ),
        migrations.RemoveField(
            model_name="historicalbatch",
            name="decided_by",
        ),
        migrations.RemoveField(
            model_name="historicalbatch",
            name="decided_on",
        ),
        migrations.RemoveField(
            model_name="historicalbatch",
            name="decision_document",
        ),
    ]
