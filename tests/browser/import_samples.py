"""An import for the walk over the pages: stock that was checked, some of its rows refused."""

from oms.backoffice.importing.models import Import, ImportFault
from oms.core.models import User

FAULTS = [
    (4, "sku", "unknown_sku", "TEE-RED-XXL"),
    (9, "set_to", "not_a_number", "twelve"),
    (12, "", "stock_committed", ""),
]


def checked(owner: User) -> Import:
    """The same one each time it is asked for."""
    job, new = Import.objects.get_or_create(
        sha256="0" * 64,
        defaults={
            "kind": "stock",
            "state": "checked",
            "asked_by": owner,
            "filename": "count-november.csv",
            "size": 2048,
            "content": b"SKU,Quantity\r\nTEE,5\r\n",
            "reading": {"format": "csv", "encoding": "utf-8", "delimiter": ","},
            "columns": ["SKU", "Quantity"],
            "samples": [["TEE", "5"]],
            "mapping": ["sku", "set_to"],
            "rows": 40,
            "pieces": 1,
            "planned": True,
            "place": 1,
            "decided": 40,
            "changed": 31,
            "unchanged": 6,
            "refused": 3,
        },
    )
    if new:
        ImportFault.objects.bulk_create(
            ImportFault(of=job, row=row, field=field, code=code, detail=detail)
            for row, field, code, detail in FAULTS
        )
    return job
