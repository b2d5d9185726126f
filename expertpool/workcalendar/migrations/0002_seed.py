from datetime import date, timedelta
from hashlib import sha256

import chinese_calendar
from django.db import migrations

# The years whose notices the package knows and that lie in the installation's time; later ones are uploaded.
YEARS = (2024, 2025, 2026)


def forwards(apps, schema_editor):
    WorkYear = apps.get_model("workcalendar", "WorkYear")
    WorkDay = apps.get_model("workcalendar", "WorkDay")
    for year in YEARS:
        first = date(year, 1, 1)
        days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
        works = {day: chinese_calendar.is_workday(day) for day in days}
        text = "".join(f"{day:%Y-%m-%d} {int(value)}\n" for day, value in works.items())
        row = WorkYear.objects.create(
            year=year,
            status="official",
            source_document=f"国务院办公厅关于{year}年部分节假日安排的通知",
            content_hash=sha256(text.encode()).hexdigest(),
        )
        WorkDay.objects.bulk_create(
            WorkDay(
                work_year=row,
                date=day,
                is_workday=value,
                note="调休上班" if value and day.weekday() > 4 else "放假" if not value and day.weekday() < 5 else "",
            )
            for day, value in works.items()
        )


def backwards(apps, schema_editor):
    apps.get_model("workcalendar", "WorkYear").objects.filter(year__in=YEARS, loaded_by=None).delete()


class Migration(migrations.Migration):
    dependencies = [("workcalendar", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]
