from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("demos", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="show",
            name="busy_until",
            field=models.DateTimeField(null=True),
        ),
    ]
