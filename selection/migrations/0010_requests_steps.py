import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STATES = [
    ("draft", "草稿"),
    ("under_approval", "审批中"),
    ("returned", "待补充信息"),
    ("approved", "审批通过，待抽取"),
    ("drawing", "抽取与联系中"),
    ("confirmed", "专家已确定"),
    ("held", "活动已结束，待评价"),
    ("closed", "已办结"),
    ("rejected", "不予批准"),
    ("cancelled", "已取消"),
]


def of_requests() -> list:
    """The same columns for requests and for their history."""
    found = []
    for model in ("drawrequest", "historicaldrawrequest"):
        kept = model == "drawrequest"
        found += [
            migrations.RenameField(model_name=model, old_name="office_due_at", new_name="due_at"),
            migrations.AlterField(
                model_name=model,
                name="due_at",
                field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="答复期限"),
            ),
            migrations.AddField(
                model_name=model,
                name="step",
                field=models.CharField(blank=True, editable=False, max_length=64, verbose_name="待办环节"),
            ),
            migrations.AddField(
                model_name=model,
                name="cancel_reason",
                field=models.TextField(blank=True, editable=False, verbose_name="取消的理由"),
            ),
            migrations.AddField(
                model_name=model,
                name="cancelled_at",
                field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="取消时间"),
            ),
            migrations.AddField(
                model_name=model,
                name="cancelled_by",
                field=models.ForeignKey(
                    blank=True,
                    db_constraint=kept,
                    editable=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT if kept else django.db.models.deletion.DO_NOTHING,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                    verbose_name="取消人",
                ),
            ),
            migrations.AlterField(
                model_name=model,
                name="state",
                field=models.CharField(choices=STATES, db_index=True, default="draft", editable=False, max_length=20, verbose_name="状态"),
            ),
        ]
    return found


class Migration(migrations.Migration):
    """One state for all approvals, with the code of the step that is due; the reason of a cancellation stays with the request."""

    dependencies = [("selection", "0003_pool_models_moved"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        *of_requests(),
        migrations.AddField(
            model_name="approval",
            name="document",
            field=models.CharField(blank=True, max_length=120, verbose_name="批准文件"),
        ),
        migrations.AlterField(model_name="approval", name="step", field=models.CharField(max_length=64, verbose_name="环节")),
    ]
