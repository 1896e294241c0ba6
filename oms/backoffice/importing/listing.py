"""The list of what was imported: when, by whom, and what it came to."""

from django.utils.translation import gettext_lazy as _

from oms.core.listing import Column, Listing

LISTING = Listing(
    name="imports",
    columns=(
        Column("file", _("File"), fixed=True),
        Column("at", _("Uploaded"), sort="created_at"),
        Column("kind", _("What")),
        Column("state", _("State")),
        Column("rows", _("Rows"), numeric=True),
        Column("created", _("New"), numeric=True),
        Column("changed", _("Changed"), numeric=True),
        Column("unchanged", _("Unchanged"), numeric=True, shown=False),
        Column("refused", _("Refused"), numeric=True),
        Column("by", _("By")),
    ),
    row_template="backoffice/importing/_row.html",
    default_sort="-at",
    empty_title=_("Nothing was imported yet"),
    empty_text=_("Upload products, stock, locations, customers or orders as a CSV or Excel file."),
    empty_icon="file-up",
)
