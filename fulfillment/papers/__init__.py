"""Labels, slips and hand-over lists: plain data in, bytes out. Nothing here reads the database."""

from fulfillment.papers.customs import CustomsData, CustomsLine, customs_pdf
from fulfillment.papers.data import LabelData, ManifestData, ManifestRow, SlipData, SlipLine
from fulfillment.papers.label import label_pdf
from fulfillment.papers.manifest import manifest_pdf
from fulfillment.papers.slip import slip_pdf
from fulfillment.papers.zpl import label_zpl
from oms.core.papers import Address

__all__ = [
    "Address",
    "CustomsData",
    "CustomsLine",
    "LabelData",
    "ManifestData",
    "ManifestRow",
    "SlipData",
    "SlipLine",
    "customs_pdf",
    "label_pdf",
    "label_zpl",
    "manifest_pdf",
    "slip_pdf",
]
