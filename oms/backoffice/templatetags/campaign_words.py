"""Words of campaigns for staff templates."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

register = template.Library()

FIELDS: dict[str, str | Promise] = {
    "first_name": gettext_lazy("First name"),
    "name": gettext_lazy("Full name"),
    "orders": gettext_lazy("Number of orders"),
    "last_order": gettext_lazy("Number of the last order"),
    "last_order_day": gettext_lazy("Day of the last order"),
    "brand": gettext_lazy("Brand"),
}


@register.filter
def personal(field: str) -> str:
    """What a personal field of a campaign stands for."""
    return str(FIELDS.get(field, field))
