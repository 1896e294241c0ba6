"""The JSON forms of locations, products, levels and movements, both ways. What they mean is the contract's."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar, cast

import msgspec
from django.conf import settings
from msgspec import UNSET, Meta, Struct, UnsetType

from inventory.models import Location, Product, StockLevel
from oms.core import money
from oms.core.address import Address
from oms.core.api import decode_body

INT_MAX = 2_147_483_647
Form = TypeVar("Form", bound=Struct)

Code = Annotated[str, Meta(min_length=1, max_length=64)]
Words = Annotated[str, Meta(max_length=500, pattern=r"\S")]
Tags = Annotated[list[Code], Meta(max_length=50)]
Figure = Annotated[int, Meta(ge=0, le=INT_MAX)]
Kind = Literal["warehouse", "store", "third_party", "supplier"]
StockState = Literal["on_hand", "damaged", "quality_control", "safety"]


class Money(Struct, forbid_unknown_fields=True):
    """An amount as a string and its ISO 4217 currency."""

    amount: str
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class Names(Struct, forbid_unknown_fields=True):
    """A name in English, and in Arabic and Persian where there is one."""

    en: Words
    ar: Annotated[str, Meta(max_length=500)] | None = None
    fa: Annotated[str, Meta(max_length=500)] | None = None


class Component(Struct, forbid_unknown_fields=True):
    sku: Code
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)]


class LocationIn(Struct, forbid_unknown_fields=True):
    """Lower `priority` is asked first; `working_days` 0 = Monday … 6 = Sunday; `cutoff` in the location's own time.

    `handling_cost` of a parcel, in the company's currency (null: the routing strategy's figure); `ships_to`: countries
    (empty: all).
    """

    code: Code
    name: Annotated[str, Meta(max_length=200, pattern=r"\S")]
    kind: Kind
    address: Address
    capabilities: Tags = []
    priority: Annotated[int, Meta(ge=-INT_MAX, le=INT_MAX)] = 100
    daily_capacity: Figure | None = None
    cutoff: Annotated[str, Meta(pattern="^(([01][0-9]|2[0-3]):[0-5][0-9])?$")] = "14:00"
    timezone: Annotated[str, Meta(max_length=64)] = "Asia/Riyadh"
    working_days: Annotated[list[Annotated[int, Meta(ge=0, le=6)]], Meta(max_length=7)] = msgspec.field(
        default_factory=lambda: list(range(7))
    )
    active: bool = True
    handling_cost: Money | str | None = None
    closed_on: Annotated[list[date], Meta(max_length=366)] = []
    ships_to: Annotated[list[Annotated[str, Meta(pattern="^[A-Z]{2}$")]], Meta(max_length=250)] = []


class LocationOut(Struct):
    id: str
    code: str
    name: str
    kind: str
    address: dict[str, Any]
    capabilities: list[str]
    priority: int
    daily_capacity: int | None
    cutoff: str
    timezone: str
    working_days: list[int]
    active: bool
    handling_cost: Money | None
    closed_on: list[date]
    ships_to: list[str]


class ProductIn(Struct, forbid_unknown_fields=True):
    """`price` is Money, or a bare string in the company's currency; grams and millimetres, 0 = unknown.

    `cost` is what a unit costs us, in the company's currency, where no purchase says it. With `tracks_lots` every unit
    belongs to a lot; one that arrives without a date is good for `shelf_life_days`. With `components` it is a kit,
    stocked by them alone. Before `available_from` it is only promised, and that only where `backorder` allows.
    """

    sku: Annotated[
        str, Meta(min_length=1, max_length=64, description="Printable, case-sensitive, kept as sent.")
    ]
    name: Names
    barcode: Annotated[str, Meta(max_length=128)] | None = None
    price: Money | str | None = None
    weight_g: Figure | None = None
    length_mm: Figure | None = None
    width_mm: Figure | None = None
    height_mm: Figure | None = None
    hs_code: Annotated[str, Meta(max_length=32)] | None = None
    requires: Tags = []
    components: Annotated[list[Component], Meta(max_length=100)] = []
    backorder: Literal["deny", "allow"] = "deny"
    low_stock_at: Figure | None = None
    cost: Money | str | None = None
    tracks_lots: bool = False
    shelf_life_days: Annotated[int, Meta(ge=0, le=36_500)] | None = None
    available_from: date | None = None


class ProductOut(Struct):
    id: str
    sku: str
    name: dict[str, str]
    barcode: str
    price: Money | None
    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    hs_code: str
    requires: list[str]
    components: list[Component]
    backorder: str
    low_stock_at: int | None
    cost: Money | None
    tracks_lots: bool
    shelf_life_days: int | None
    available_from: date | None


class ProductBatchIn(Struct, forbid_unknown_fields=True):
    """Up to 500 products; each is judged on its own, so an item is read only when its turn comes."""

    items: Annotated[
        list[msgspec.Raw],
        Meta(min_length=1, max_length=500, description="Products, each as in POST /products/."),
    ]


class ProductBatchDoc(Struct, forbid_unknown_fields=True):
    """The same as the OpenAPI tells of it."""

    items: Annotated[list[ProductIn], Meta(min_length=1, max_length=500)]


class BatchError(Struct):
    code: str
    detail: str
    errors: list[dict[str, Any]]


class BatchResult(Struct, omit_defaults=True):
    index: int
    status: int
    sku: str | None
    id: str | UnsetType = UNSET
    error: BatchError | UnsetType = UNSET


class BatchOut(Struct):
    results: list[BatchResult]


class AdjustmentIn(Struct, forbid_unknown_fields=True):
    """Exactly one of `set_to` and `change`. `state` is the figure that is corrected.

    `bin` names the shelf a picker walks to; absent: as it was. `lot` says whose the difference is, where the product
    tracks lots.
    """

    location: Code
    sku: Code
    reason: Words
    set_to: Figure | None = None
    change: Annotated[int, Meta(ge=-INT_MAX, le=INT_MAX)] | None = None
    state: StockState = "on_hand"
    bin: Annotated[str, Meta(max_length=32, pattern=r"^[^\x00-\x1f]*$")] | None = None
    lot: Annotated[str, Meta(max_length=64)] | None = None


class LevelOut(Struct):
    """available = max(0, on_hand − committed − damaged − quality_control − safety)."""

    sku: str
    location: str
    on_hand: int
    committed: int
    damaged: int
    quality_control: int
    safety: int
    available: int
    incoming: int


class MovementOut(Struct):
    id: int
    at: datetime
    sku: str
    location: str
    state: str
    change: int
    after: int
    cause: str
    reference: str
    actor: str
    reason: str


class AdjustmentOut(Struct):
    """`movement` is null where the figure already was what was asked."""

    level: LevelOut
    movement: MovementOut | None


class PlaceOut(Struct):
    code: str
    available: int


class AvailabilityOut(Struct):
    sku: str
    status: Literal["in_stock", "low", "out", "backorder"]
    available: int
    locations: list[PlaceOut]
    restock_at: datetime | None


def patch_of(name: str, form: type[Struct], *, fixed: set[str], nested: dict[str, Any]) -> type[Struct]:
    """The merge-patch form of `form`: any field may be absent or null; `fixed` ones cannot be changed at all."""
    return msgspec.defstruct(
        name,
        [
            (f.name, nested.get(f.name, f.type) | None | UnsetType, UNSET)
            for f in msgspec.structs.fields(form)
            if f.name not in fixed
        ],
        forbid_unknown_fields=True,
        module=__name__,
    )


LocationPatch = patch_of("LocationPatch", LocationIn, fixed={"code"}, nested={"address": dict[str, Any]})
ProductPatch = patch_of(
    "ProductPatch",
    ProductIn,
    fixed={"sku"},
    nested={"name": dict[str, Any], "price": dict[str, Any] | str, "cost": dict[str, Any] | str},
)


def patched(document: Struct, patch: Struct, form: type[Form]) -> Form:
    """The document as its input form with a merge-patch (RFC 7396) over it. Raises Invalid by field."""
    fields = {f.name for f in msgspec.structs.fields(form)}
    before = {name: value for name, value in msgspec.to_builtins(document).items() if name in fields}
    merged = merge(before, msgspec.to_builtins(patch))
    return cast(Form, decode_body(msgspec.json.encode(merged), form))


def merge(document: Any, patch: Any) -> Any:
    """A merge-patch applied: null takes a member away, objects merge, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result


def location_out(location: Location) -> LocationOut:
    return LocationOut(
        id=str(location.uid),
        code=location.code,
        name=location.name,
        kind=location.kind,
        address=location.address,
        capabilities=location.capabilities,
        priority=location.priority,
        daily_capacity=location.daily_capacity,
        cutoff=str(location.cutoff)[:5],
        timezone=location.timezone,
        working_days=location.working_days,
        active=location.active,
        handling_cost=None
        if location.handling_cost is None
        else Money(**money.price_as_json(location.handling_cost, settings.COMPANY_CURRENCY)),
        closed_on=list(location.closed_on),
        ships_to=list(location.ships_to),
    )


def product_out(product: Product) -> ProductOut:
    price = None
    if product.price is not None:
        price = Money(**money.price_as_json(product.price, product.price_currency))
    cost = None
    if product.cost is not None:
        cost = Money(**money.price_as_json(product.cost, settings.COMPANY_CURRENCY))
    return ProductOut(
        id=str(product.uid),
        sku=product.sku,
        name=product.name,
        barcode=product.barcode,
        price=price,
        weight_g=product.weight_g,
        length_mm=product.length_mm,
        width_mm=product.width_mm,
        height_mm=product.height_mm,
        hs_code=product.hs_code,
        requires=product.requires,
        components=[Component(**part) for part in product.components],
        backorder=product.backorder,
        low_stock_at=product.low_stock_at,
        cost=cost,
        tracks_lots=product.tracks_lots,
        shelf_life_days=product.shelf_life_days,
        available_from=product.available_from,
    )


def level_out(level: StockLevel, sku: str, location: str) -> LevelOut:
    kept_back = level.promised + level.damaged + level.quality_control + level.safety
    return LevelOut(
        sku=sku,
        location=location,
        on_hand=level.on_hand,
        committed=level.promised,
        damaged=level.damaged,
        quality_control=level.quality_control,
        safety=level.safety,
        available=max(0, level.on_hand - kept_back),
        incoming=level.incoming,
    )
