"""Marks get their days, who set them and applicants; what was disclosed gets its pool."""

import django.db.models.deletion
import expertpool.clock
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('experts', '0003_pool_models_leave'),
        ('pools', '0003_prefix_once'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalMark',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, verbose_name='标识')),
                ('value', models.CharField(blank=True, max_length=80, verbose_name='内容')),
                ('source', models.CharField(max_length=80, verbose_name='来源')),
                ('starts_on', models.DateField(default=expertpool.clock.today, verbose_name='起')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='止（含）')),
                ('set_at', models.DateTimeField(default=expertpool.clock.now, verbose_name='设置时间')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical 专家标识',
                'verbose_name_plural': 'historical 专家标识',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddField(
            model_name='disclosure',
            name='pool',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pools.pool', verbose_name='专家库'),
        ),
        migrations.AddField(
            model_name='mark',
            name='application',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='marks', to='experts.application', verbose_name='入库申请'),
        ),
        migrations.AddField(
            model_name='mark',
            name='set_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='设置人'),
        ),
        migrations.AddField(
            model_name='mark',
            name='starts_on',
            field=models.DateField(default=expertpool.clock.today, verbose_name='起'),
        ),
        migrations.AlterField(
            model_name='exitcase',
            name='source',
            field=models.CharField(choices=[('office', '依职责提出'), ('expert', '专家本人申请'), ('employer', '所在单位告知'), ('system', '系统依规定提出')], default='office', editable=False, max_length=12, verbose_name='来源'),
        ),
        migrations.AlterField(
            model_name='historicalexitcase',
            name='source',
            field=models.CharField(choices=[('office', '依职责提出'), ('expert', '专家本人申请'), ('employer', '所在单位告知'), ('system', '系统依规定提出')], default='office', editable=False, max_length=12, verbose_name='来源'),
        ),
        migrations.AlterField(
            model_name='mark',
            name='ends_on',
            field=models.DateField(blank=True, null=True, verbose_name='止（含）'),
        ),
        migrations.AlterField(
            model_name='mark',
            name='membership',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='marks', to='experts.membership', verbose_name='在库专家'),
        ),
        migrations.AddConstraint(
            model_name='mark',
            constraint=models.UniqueConstraint(condition=models.Q(('membership__isnull', True)), fields=('application', 'kind', 'source'), name='mark_once_a_source_of_applicant'),
        ),
        migrations.AddConstraint(
            model_name='mark',
            constraint=models.CheckConstraint(condition=models.Q(('membership__isnull', False), ('application__isnull', False), _connector='OR'), name='mark_is_somebodys'),
        ),
        migrations.AddField(
            model_name='historicalmark',
            name='application',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='experts.application', verbose_name='入库申请'),
        ),
        migrations.AddField(
            model_name='historicalmark',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalmark',
            name='membership',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='experts.membership', verbose_name='在库专家'),
        ),
        migrations.AddField(
            model_name='historicalmark',
            name='set_by',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='设置人'),
        ),
    ]
