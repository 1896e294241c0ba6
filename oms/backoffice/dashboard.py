from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render

from oms.core.pages import staff_page


@staff_page()
def dashboard(request: Any) -> HttpResponseBase:
    return render(request, "staff/dashboard.html", {})
