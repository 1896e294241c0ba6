"""Who is called on in a comment or a note."""

from typing import cast

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils import timezone

from oms.core.models import User
from orders.models.customers import CustomerNote
from orders.models.orders import Comment


class Mention(models.Model):
    """One colleague called on by a comment on an order or a note about a customer; `seen_at` once they opened it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mentions", db_index=False)
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, null=True, blank=True)
    note = models.ForeignKey(CustomerNote, on_delete=models.CASCADE, null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(comment=None, note__isnull=False) | Q(comment__isnull=False, note=None),
                name="mention_in_one",
            ),
            UniqueConstraint(fields=["user", "comment"], name="mention_once_a_comment"),
            UniqueConstraint(fields=["user", "note"], name="mention_once_a_note"),
        ]
        indexes = [
            # Read by a reader's own list, newest first, and by the count beside its name.
            Index(fields=["user", "-at", "-id"], name="mention_newest"),
            Index(fields=["user"], name="mention_unseen", condition=Q(seen_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.comment_id or self.note_id}"

    @property
    def told(self) -> Comment | CustomerNote:
        """What it stands in."""
        return self.comment or cast(CustomerNote, self.note)
