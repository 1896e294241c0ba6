"""Labels and slips: plain data in, bytes out. Nothing here reads the database."""

from fulfillment.papers.data import Address, LabelData, SlipData, SlipLine
from fulfillment.papers.label import label_pdf
from fulfillment.papers.slip import slip_pdf
from fulfillment.papers.zpl import label_zpl

__all__ = ["Address", "LabelData", "SlipData", "SlipLine", "label_pdf", "label_zpl", "slip_pdf"]
