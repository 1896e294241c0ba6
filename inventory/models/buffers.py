"""What a channel is not told of."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from inventory.models.catalogue import Product
from oms.core.models import Channel


class ChannelBuffer(models.Model):
    """Units of a product (of every product: None) that a channel is not offered: a safeguard against its delays.

    Published = max(0, available − buffer). Orders that come all the same are taken while there is stock.
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="buffers")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.CASCADE)
    units = models.PositiveIntegerField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["channel", "product"], nulls_distinct=False, name="buffer_once"),
            CheckConstraint(condition=Q(units__gte=0), name="buffer_not_negative"),
        ]
