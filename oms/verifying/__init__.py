"""What must always be true of the stored rows, as SQL that returns the rows which break it. Read by `manage.py verify`.

Each is set-based: one pass over its tables, whatever their size. What the constraints already promise is asked
again, because a constraint can be dropped and a backup can be restored in part.
"""

from oms.verifying import customers, delivered, money, orders, shipments, stock
from oms.verifying.check import Check

CHECKS: tuple[Check, ...] = (
    *stock.CHECKS,
    *orders.CHECKS,
    *money.CHECKS,
    *shipments.CHECKS,
    *customers.CHECKS,
    *delivered.CHECKS,
)

__all__ = ["CHECKS", "Check"]
