"""Tags, notes and consent of customers; the contacts that are blocked or trusted."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
import oms.core.models
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0009_lines_by_product"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerNote",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=oms.core.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("text", models.TextField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("actor", models.CharField(max_length=128)),
            ],
        ),
        migrations.CreateModel(
            name="ListedContact",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=oms.core.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "standing",
                    models.CharField(choices=[("blocked", "Blocked"), ("trusted", "Trusted")], max_length=8),
                ),
                ("contact", models.CharField(max_length=254)),
                ("email_key", models.CharField(blank=True, default="", max_length=254)),
                ("phone_key", models.CharField(blank=True, default="", max_length=64)),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                ("listed_by", models.CharField(max_length=128)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_by", models.CharField(blank=True, default="", max_length=128)),
            ],
        ),
        migrations.AddField(
            model_name="customer",
            name="marketing",
            field=models.CharField(
                choices=[("unknown", "Never asked"), ("agreed", "Agreed"), ("refused", "Refused")],
                db_default="unknown",
                default="unknown",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="marketing_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="tags",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=64), blank=True, db_default=[], default=list, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("tags", []), _negated=True),
                fastupdate=False,
                fields=["tags"],
                name="customer_tags",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(("marketing__in", ["unknown", "agreed", "refused"])),
                name="customer_marketing_known",
            ),
        ),
        migrations.AddField(
            model_name="customernote",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="orders.customer"
            ),
        ),
        migrations.AddIndex(
            model_name="listedcontact",
            index=models.Index(
                condition=models.Q(("ended_at", None)),
                fields=["standing", "-since", "-id"],
                name="listed_newest",
            ),
        ),
        migrations.AddConstraint(
            model_name="listedcontact",
            constraint=models.CheckConstraint(
                condition=models.Q(("standing__in", ["blocked", "trusted"])), name="listed_standing_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="listedcontact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("email_key", ""), ("phone_key__gt", "")),
                    models.Q(("email_key__gt", ""), ("phone_key", "")),
                    _connector="OR",
                ),
                name="listed_by_one_contact",
            ),
        ),
        migrations.AddConstraint(
            model_name="listedcontact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None), models.Q(("email_key", ""), _negated=True)),
                fields=("email_key",),
                name="listed_email_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="listedcontact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None), models.Q(("phone_key", ""), _negated=True)),
                fields=("phone_key",),
                name="listed_phone_once",
            ),
        ),
    ]
