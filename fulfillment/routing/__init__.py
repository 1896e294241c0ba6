"""Where an order is sent from: plain data in, a plan and its reasons out. No Django, no clock."""

from fulfillment.routing.cost import Weights
from fulfillment.routing.plan import plan
from fulfillment.routing.types import Address, Demand, LocationState, Order, Parcel, Plan, Rate, Window

__all__ = [
    "Address",
    "Demand",
    "LocationState",
    "Order",
    "Parcel",
    "Plan",
    "Rate",
    "Weights",
    "Window",
    "plan",
]
