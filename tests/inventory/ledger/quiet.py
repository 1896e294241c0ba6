"""What changes the catalogue, the places and the papers around the stock, and none of its figures."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from inventory import (
    alerts,
    buffering,
    locations,
    lots,
    news,
    products,
    putting,
    suppliers,
    telling,
    wishes,
)
from inventory.documents import LocationIn, ProductIn, location_out, merge, product_out
from inventory.models import Product, Supplier
from inventory.stock import rebuilding
from oms.core.errors import Conflict
from tests import shop
from tests.inventory.ledger.books import FIGURES, KITS, PLACES, Books, places, skus, units


class Quiet(Books):
    # Products and places that change.

    @precondition(lambda self: self.kept or self.checkouts)
    @rule(by_list=st.booleans())
    def begin_or_stop_tracking(self, by_list: bool) -> None:
        """Mugs have lots from now on, or no longer; what is there keeps its figures."""
        stops = "MUG" in self.tracked
        left = sum(level["on_hand"] for (sku, _place), level in self.levels.items() if sku == "MUG")
        if stops and left:
            if by_list:
                [result] = putting.put_products([{"sku": "MUG", "tracks_lots": False}], actor="test")
                assert getattr(result, "code", "") == "lots_in_stock"
            else:
                with self.refused(Conflict, "in lots"):
                    self.change("MUG", tracks_lots=False)
            return
        if by_list:
            put = putting.put_products([{"sku": "MUG", "tracks_lots": not stops}], actor="test")
            assert put == ["changed"]
        else:
            self.change("MUG", tracks_lots=not stops)
        self.products["MUG"].refresh_from_db()
        (self.tracked.remove if stops else self.tracked.add)("MUG")

    @rule()
    def become_a_kit_or_a_product(self) -> None:
        """Bags are a kit from now on, or no longer: only while there are none."""
        if "BAG" in self.kits:
            self.change("BAG", components=[])
            self.kits.remove("BAG")
            return
        parts = [{"sku": sku, "quantity": count} for sku, count in KITS["BAG"].items()]
        if any(level[name] for (sku, _), level in self.levels.items() if sku == "BAG" for name in FIGURES):
            with self.refused(Conflict, "no stock of its own"):
                self.change("BAG", components=parts)
            return
        self.change("BAG", components=parts)
        self.kits.add("BAG")
        for place in PLACES:
            self.levels.pop(("BAG", place), None)

    @precondition(lambda self: self.kept or self.checkouts)
    @rule(place=places, by_list=st.booleans())
    def close_or_open_a_place(self, place: str, by_list: bool) -> None:
        """A closed one sells nothing; what is kept there stays kept."""
        opens = place not in self.open_places
        if by_list:
            assert putting.put_locations([{"code": place, "active": opens}], actor="test") == ["changed"]
            self.locations[place].refresh_from_db()
        else:
            form = self.form(LocationIn, location_out(self.locations[place]), active=opens)
            locations.change_location(self.locations[place], form, actor="test")
        (self.open_places.add if opens else self.open_places.remove)(place)

    def change(self, sku: str, **facts: Any) -> None:
        form = self.form(ProductIn, product_out(self.products[sku]), **facts)
        products.change_product(self.products[sku], form, actor="test")

    def form(self, kind: Any, document: Any, **facts: Any) -> Any:
        names = kind.__struct_fields__
        known = {name: value for name, value in msgspec.to_builtins(document).items() if name in names}
        return msgspec.convert(merge(known, facts), kind)

    # A figure that is wrong, by whatever hand, is set right from its sources.

    @precondition(lambda self: any(any(level.values()) for level in self.levels.values()))
    @rule(data=st.data(), count=units)
    def break_a_figure(self, data: st.DataObject, count: int) -> None:
        pair = data.draw(
            st.sampled_from(sorted(one for one, level in self.levels.items() if any(level.values())))
        )
        level = self.products[pair[0]].levels.filter(location=self.locations[pair[1]])
        level.update(incoming=self.levels[pair]["incoming"] + count)
        [mended], left = rebuilding.rebuild(actor="test")
        assert (mended.sku, mended.location) == pair
        assert left == []

    # What has nothing to do with figures.

    @rule(
        act=st.sampled_from(sorted(["sell", "buy", "place", "limit", "buffer", "wish", "tell", "lot"])),
        sku=skus,
    )
    def change_something_else(self, act: str, sku: str) -> None:
        acts: dict[str, Callable[[Product], Any]] = {
            "sell": self.a_new_product,
            "buy": self.a_price,
            "place": self.a_new_place,
            "limit": self.a_limit,
            "buffer": self.a_buffer,
            "wish": self.a_wish,
            "tell": lambda product: (news.touch([product.pk]), telling.tell()),
            "lot": self.a_lot,
        }
        acts[act](self.products[sku])

    def a_new_product(self, _product: Product) -> None:
        products.add_product(Product(sku=f"NEW-{self.new_id()}", name={"en": "New"}), actor="test")
        new = Product(sku=f"NEW-{self.new_id()}", name={"en": "New"})
        assert products.add_products([new], actor="test") == [None]

    def a_price(self, product: Product) -> None:
        price = suppliers.set_price(self.supplier, product, price=Decimal(4), actor="test")
        suppliers.drop_prices([price], actor="test")
        another = Supplier(code=str(self.new_id()), name="Another", currency="SAR")
        suppliers.change(suppliers.add(another, actor="test"), actor="test")

    def a_new_place(self, _product: Product) -> None:
        """Without any stock, and closed."""
        form = self.form(
            LocationIn, location_out(self.locations["RUH"]), code=f"{self.new_id()}", active=False
        )
        locations.add_location(locations.location_of(form), actor="test")
        form = self.form(
            LocationIn, location_out(self.locations["RUH"]), code=f"{self.new_id()}", active=False
        )
        assert locations.add_locations([locations.location_of(form)], actor="test") == [None]

    def a_limit(self, product: Product) -> None:
        alerts.set_limits(product, self.locations["RUH"], minimum=3, maximum=9, actor="test")
        alerts.settle([product.pk])

    def a_buffer(self, product: Product) -> None:
        buffer = buffering.set_buffer(shop.channel(), product, 3, actor="test")
        buffering.drop_buffer(buffer, actor="test")

    def a_wish(self, product: Product) -> None:
        told = {"phone": f"+9665{self.new_id().int:08}", "actor": "test"}
        try:
            with transaction.atomic():
                wish, _new = wishes.leave(shop.channel(), product, **told)
        except Conflict:
            assert any(self.available(product.sku, place) for place in self.open_places)
            return
        wishes.wake([product.pk])
        wishes.called(wish, actor="test")
        again, _new = wishes.leave(shop.channel(), product, **told)
        wishes.cancel(again, actor="test")
        again, _new = wishes.leave(shop.channel(), product, **told)
        assert wishes.leave_alone(again) == 1
        wishes.housekeep()

    def a_lot(self, product: Product) -> None:
        if product.sku in self.tracked:
            lots.named(product, "A", expires_on=None, new=True)
