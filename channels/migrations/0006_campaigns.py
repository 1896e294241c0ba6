"""Campaigns, and their messages beside those about orders."""

import django.db.models.deletion
import django.utils.timezone
import oms.core.models
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0005_messages_beyond_orders"),
        ("core", "0004_no_compiled_plans"),
        ("orders", "0011_customer_histories"),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=oms.core.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("segment", models.CharField(blank=True, default="", max_length=64)),
                ("conditions", models.JSONField(blank=True, default=dict)),
                ("widened", models.BooleanField(default=False)),
                ("texts", models.JSONField(default=dict)),
                ("fallback", models.CharField(max_length=8)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("stopped", "Stopped"),
                        ],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("created_by", models.CharField(max_length=128)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_by", models.CharField(blank=True, default="", max_length=128)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("written_to", models.UUIDField(blank=True, null=True)),
                ("written_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveIndex(
            model_name="message",
            name="message_due",
        ),
        migrations.AddField(
            model_name="message",
            name="customer",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="orders.customer",
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="channel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="campaigns", to="core.channel"
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="campaign",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="channels.campaign",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("campaign", None), ("state", "pending")),
                fields=["next_try_at"],
                name="message_due",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("campaign__isnull", False), ("state", "pending")),
                fields=["next_try_at"],
                name="message_of_campaign_due",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("campaign__isnull", False)),
                fields=["sent_at"],
                name="message_of_campaign_sent",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("campaign", None), ("customer", None)),
                    models.Q(
                        ("campaign__isnull", False),
                        ("customer__isnull", False),
                        ("kind", "campaign"),
                        ("order", None),
                    ),
                    _connector="OR",
                ),
                name="message_of_campaign_to_customer",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "sending", "sent", "stopped"])),
                name="campaign_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("started_at", None), ("state", "draft")),
                    models.Q(models.Q(("state", "draft"), _negated=True), ("started_at__isnull", False)),
                    _connector="OR",
                ),
                name="campaign_started_with_its_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at", None), ("state__in", ["draft", "sending"])),
                    models.Q(("finished_at__isnull", False), ("state__in", ["sent", "stopped"])),
                    _connector="OR",
                ),
                name="campaign_finished_with_its_state",
            ),
        ),
    ]
