"""Each event names its pool, so that the ledger of one pool can be read without another's.

Events from before keep their bodies, which do not name a pool; the column alone tells it. SQLite builds the table anew when a
column is added, so the triggers are put back at the end.
"""

from collections import defaultdict

from django.db import migrations, models

from expertpool.ledger import triggers

AT_ONCE = 500
INSTALLATION = ("account:", "workyear:", "user:")


def drop(apps, schema_editor):
    triggers.drop(schema_editor.connection)


def create(apps, schema_editor):
    triggers.create(schema_editor.connection)


def name_pools(apps, schema_editor):
    """One pool: everything but accounts and calendar is its. Several: by what the event is about."""
    Event = apps.get_model("ledger", "LedgerEvent")
    pools = dict(apps.get_model("pools", "Pool").objects.values_list("pk", "code"))
    if not pools:
        return
    if len(pools) == 1:
        rows = Event.objects.all()
        for start in INSTALLATION:
            rows = rows.exclude(subject__startswith=start)
        rows.update(pool=next(iter(pools.values())))
        return
    sources = [
        ("application", apps.get_model("experts", "Application"), "pk", "pool_id"),
        ("batch", apps.get_model("experts", "Batch"), "number", "pool_id"),
        ("membership", apps.get_model("experts", "Membership"), "number", "pool_id"),
        ("exit_case", apps.get_model("experts", "ExitCase"), "pk", "membership__pool_id"),
        ("request", apps.get_model("selection", "DrawRequest"), "pk", "pool_id"),
        ("draw", apps.get_model("selection", "Draw"), "number", "request__pool_id"),
        ("participation", apps.get_model("selection", "Participation"), "pk", "request__pool_id"),
        ("evaluation", apps.get_model("evaluation", "Evaluation"), "pk", "participation__request__pool_id"),
        ("violation", apps.get_model("evaluation", "ViolationReport"), "pk", "participation__request__pool_id"),
        # By its code where it was taken over, by its key elsewhere; the later line wins.
        ("pool", apps.get_model("pools", "Pool"), "code", "pk"),
        ("pool", apps.get_model("pools", "Pool"), "pk", "pk"),
    ]
    known = {
        f"{kind}:{value}": pool_id
        for kind, model, key, pool in sources
        for value, pool_id in model.objects.values_list(key, pool).iterator()
    }
    events = defaultdict(list)
    for seq, subject in Event.objects.values_list("seq", "subject").iterator():
        # What follows a slash is a part of the thing: draw:ZJK2026-000001/round-1.
        if (pool_id := known.get(subject.partition("/")[0])) is not None:
            events[pool_id].append(seq)
    for pool_id, seqs in events.items():
        for start in range(0, len(seqs), AT_ONCE):
            Event.objects.filter(seq__in=seqs[start : start + AT_ONCE]).update(pool=pools[pool_id])


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_triggers"),
        ("pools", "0002_people_and_numbers"),
        ("evaluation", "0002_deadlines_and_returns"),
    ]

    operations = [
        migrations.RunPython(drop, create),
        migrations.AddField(
            model_name="ledgerevent",
            name="pool",
            field=models.CharField(blank=True, db_index=True, default="", max_length=16, verbose_name="专家库"),
        ),
        migrations.RunPython(name_pools, migrations.RunPython.noop),
        migrations.RunPython(create, drop),
    ]
