"""Staff's page of channel buffers: what each channel is not told of, for all products and for single ones.

The pages of a product and of a channel have the same form; whoever sets one there is shown that page again.
"""

from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory import buffering
from inventory.models import Product
from inventory.stock_forms import FigureField
from oms.core.errors import NotFound
from oms.core.models import Channel
from oms.core.pages import done, staff_page


class BufferForm(forms.Form):
    channel = forms.ModelChoiceField(
        Channel.objects.filter(active=True).order_by("name"),
        label=gettext_lazy("Channel"),
        to_field_name="code",
        empty_label=None,
    )
    sku = forms.CharField(
        label=gettext_lazy("SKU"),
        required=False,
        max_length=64,
        strip=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
        help_text=gettext_lazy("Leave empty for every product that has no buffer of its own."),
    )
    units = FigureField(label=gettext_lazy("Units kept back"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["units"].widget.attrs.pop("autofocus", None)
        self.fields["channel"].label_from_instance = lambda channel: channel.name  # type: ignore[attr-defined]

    @classmethod
    def of(cls, *, channel: Channel | None = None, product: Product | None = None) -> "BufferForm":
        """On the page of a channel or a product: that one is settled, and asked for no more."""
        known = {"channel": channel.code if channel else None, "sku": product.sku if product else None}
        form = cls(initial={name: value for name, value in known.items() if value is not None})
        for name, value in known.items():
            if value is not None:
                form.fields[name].widget = forms.HiddenInput()
        return form

    def clean_sku(self) -> Product | None:
        sku = self.cleaned_data["sku"].strip()
        if not sku:
            return None
        found = Product.objects.filter(sku=sku).first() if sku.isprintable() else None
        if found is None:
            raise forms.ValidationError(_("There is no product with this SKU."))
        return found


@staff_page(scope="stock:read", methods=("GET", "HEAD", "POST"))
def buffers(request: Any) -> HttpResponseBase:
    form = BufferForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        request.principal.require("stock:write")
        if form.is_valid():
            told = form.cleaned_data
            buffering.set_buffer(told["channel"], told["sku"], told["units"], actor=request.principal.actor)
            return done(request, _("The buffer is set."))
    context = {
        "form": form,
        "buffers": request.principal.limit_to_channel(buffering.buffers()),
        "writes": request.principal.may("stock:write"),
    }
    status = 422 if form.errors else 200
    return render(request, "inventory/buffers.html", context, status=status)


@staff_page(scope="stock:write", methods=("POST",))
def drop(request: Any, pk: int) -> HttpResponseBase:
    buffer = buffering.buffers().filter(pk=pk).first()
    if buffer is None:
        raise NotFound
    buffering.drop_buffer(buffer, actor=request.principal.actor)
    return done(request, _("The buffer is taken away."))
