import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Names of columns that no single regulation has shaped."""

    dependencies = [
        ('accounts', '0004_recommending_leaves_the_register'),
        ('experts', '0015_whole_change_reasons'),
    ]

    operations = [
        migrations.AlterField(
            model_name='application',
            name='attests_clean_record',
            field=models.BooleanField(default=False, verbose_name='本人承诺'),
        ),
        migrations.AlterField(
            model_name='application',
            name='recommending_unit',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='recommended', to='accounts.organisation', verbose_name='推荐或归口单位'),
        ),
        migrations.AlterField(
            model_name='application',
            name='years',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='从业年限'),
        ),
        migrations.AlterField(
            model_name='expert',
            name='years',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='从业年限'),
        ),
        migrations.AlterField(
            model_name='historicalapplication',
            name='attests_clean_record',
            field=models.BooleanField(default=False, verbose_name='本人承诺'),
        ),
        migrations.AlterField(
            model_name='historicalapplication',
            name='recommending_unit',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.organisation', verbose_name='推荐或归口单位'),
        ),
        migrations.AlterField(
            model_name='historicalapplication',
            name='years',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='从业年限'),
        ),
        migrations.AlterField(
            model_name='historicalexpert',
            name='years',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='从业年限'),
        ),
    ]
