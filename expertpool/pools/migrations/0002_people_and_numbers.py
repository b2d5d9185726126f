"""What stood on the account becomes an assignment, and the serial numbers go on where they were."""

import re
from datetime import timedelta

from django.db import migrations

from expertpool import clock

ADMINISTRATORS = {"system_admin", "security_admin", "audit_admin"}
EVERYWHERE = {"employer", "expert"}


def separate_prefixes(apps, schema_editor):
    """No two pools give the same numbers: the first keeps its prefix, another takes letters of its code."""
    Pool = apps.get_model("pools", "Pool")
    taken = set()
    for pool in Pool.objects.order_by("pk"):
        letters = "".join(letter for letter in pool.code.upper() if "A" <= letter <= "Z") or "P"
        wanted = pool.number_prefix if re.fullmatch("[A-Z]{2,8}", pool.number_prefix) else letters[:8].ljust(2, "Z")
        candidates = [wanted, letters[:8].ljust(2, "Z"), *(f"{letters[:7]}{chr(65 + step)}" for step in range(26))]
        pool.number_prefix = next(one for one in candidates if one not in taken)
        taken.add(pool.number_prefix)
        pool.save(update_fields=["number_prefix"])


def give_assignments(apps, schema_editor):
    """Each account acts as before, in every pool that it could open before: until now no wall stood between pools.

    What it was before its present role becomes a period that has ended: the account keeps no role, and its history none.
    """
    User = apps.get_model("accounts", "User")
    Pool = apps.get_model("pools", "Pool")
    Assignment = apps.get_model("pools", "Assignment")
    History = apps.get_model("pools", "HistoricalAssignment")
    pools = list(Pool.objects.order_by("pk"))
    several = []
    for user in User.objects.order_by("pk"):
        for role, organisation, starts_on, ends_on in periods(apps, user):
            places = [None] if role in ADMINISTRATORS | EVERYWHERE else pools
            if role == "office":
                own = [pool for pool in pools if pool.office_id == organisation]
                places = own or pools
                if not own and len(pools) > 1 and ends_on is None:
                    several.append(user.username)
            for pool in places:
                values = {
                    "account": user,
                    "role": role,
                    "pool": pool,
                    "organisation_id": organisation,
                    "starts_on": starts_on,
                    "ends_on": ends_on,
                }
                given = Assignment.objects.create(**values)
                History.objects.create(
                    id=given.pk, **values, history_date=clock.now(), history_type="+", history_change_reason="由账号的角色转入"
                )
    if several:
        print(  # noqa: T201 - whoever updates must look at them
            f"\n以下账号的单位不是任何专家库的管理部门，升级前可以办理各库事项，现在各库均保留任职，请逐一核对：{'、'.join(several)}。"
        )


def periods(apps, user):
    """What an account was, from which Beijing day to which: (role, unit, first day, last day or None)."""
    History = apps.get_model("accounts", "HistoricalUser")
    units = set(apps.get_model("accounts", "Organisation").objects.values_list("pk", flat=True))
    known = [
        (clock.day_of(at), role, unit if unit in units else None)
        for at, role, unit in History.objects.filter(id=user.pk)
        .exclude(history_type="-")
        .order_by("history_date", "history_id")
        .values_list("history_date", "role", "organisation_id")
    ]
    present = (user.role, user.organisation_id)
    if not known:
        known = [(clock.day_of(user.date_joined), *present)]
    elif known[-1][1:] != present:
        known.append((clock.today(), *present))
    known[0] = (min(known[0][0], clock.day_of(user.date_joined)), *known[0][1:])
    turns = [one for step, one in enumerate(known) if step == 0 or one[1:] != known[step - 1][1:]]
    found = []
    for step, (day, role, unit) in enumerate(turns):
        last = turns[step + 1][0] - timedelta(days=1) if step + 1 < len(turns) else None
        # What did not last a day is no period: on one day one role counts, the last.
        if last is None or last >= day:
            found.append((role, unit, day, last))
    return found


def count_numbers(apps, schema_editor):
    """The last number of each kind, pool and year that was given out.

    The pools of one prefix had one sequence: the one that keeps the prefix goes on behind the last number of them all.
    """
    Serial = apps.get_model("pools", "Serial")
    owners = dict(apps.get_model("pools", "Pool").objects.values_list("number_prefix", "pk"))
    sources = [
        ("member", apps.get_model("experts", "Membership"), r"(?P<prefix>[A-Z]+)(?P<serial>[0-9]+)", "pool_id"),
        ("application", apps.get_model("experts", "Application"), r"SQ(?P<year>[0-9]{4})-(?P<serial>[0-9]+)", "pool_id"),
        ("batch", apps.get_model("experts", "Batch"), r"(?P<prefix>[A-Z]+)(?P<year>[0-9]{4})-P(?P<serial>[0-9]+)", "pool_id"),
        ("request", apps.get_model("selection", "DrawRequest"), r"SY(?P<year>[0-9]{4})-(?P<serial>[0-9]+)", "pool_id"),
        ("draw", apps.get_model("selection", "Draw"), r"(?P<prefix>[A-Z]+)(?P<year>[0-9]{4})-(?P<serial>[0-9]+)", "request__pool_id"),
    ]
    last = {}
    for kind, model, pattern, pool in sources:
        for number, pool_id in model.objects.values_list("number", pool).iterator():
            if found := re.fullmatch(pattern, number):
                named = found.groupdict()
                for counted in {pool_id, owners.get(named.get("prefix"), pool_id)}:
                    key = counted, kind, int(named.get("year") or 0)
                    last[key] = max(last.get(key, 0), int(found["serial"]))
    Serial.objects.bulk_create(Serial(pool_id=pool, kind=kind, year=year, last=n) for (pool, kind, year), n in last.items())


def nothing(apps, schema_editor):
    """The role stays on the account until the next step takes it away."""


class Migration(migrations.Migration):
    dependencies = [
        ("pools", "0001_initial"),
        ("accounts", "0001_initial"),
        ("experts", "0003_pool_models_leave"),
        ("selection", "0003_pool_models_moved"),
    ]

    operations = [
        migrations.RunPython(separate_prefixes, nothing),
        migrations.RunPython(give_assignments, nothing),
        migrations.RunPython(count_numbers, nothing),
    ]
