"""Products everybody wants at once."""

from django.db import models
from django.utils.timezone import now

from inventory.models.catalogue import Product


class Rush(models.Model):
    """While the row is there and `until` has not come, the product is hot: its levels may be dealt into slots.

    `by_staff`: a person said so and until when; otherwise the worker saw it and goes on as long as it sees it.
    """

    product = models.OneToOneField(Product, primary_key=True, on_delete=models.CASCADE, related_name="rush")
    since = models.DateTimeField(default=now)
    until = models.DateTimeField()
    by_staff = models.BooleanField(default=False)
    started_by = models.CharField(max_length=128)
