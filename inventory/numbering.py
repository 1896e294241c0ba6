"""Human numbers of the stock's own documents: from a sequence, gaps allowed."""

from django.db import connection

SEQUENCES = {
    "CN": "inventory_count_number_seq",
    "TR": "inventory_transfer_number_seq",
    "PO": "inventory_purchase_number_seq",
}


def next_numbers(prefix: str, count: int) -> list[str]:
    """So many fresh numbers, such as TR1001."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [SEQUENCES[prefix], count])
        return [f"{prefix}{row[0]}" for row in cursor.fetchall()]
