"""Where an order is sent from: plain data in, a plan and its reasons out. No Django, no clock."""

from fulfillment.routing.allocate import BatchLimits, allocate
from fulfillment.routing.plan import Limits, plan
from fulfillment.routing.strategy import OBJECTIVES, Strategy, Weights
from fulfillment.routing.trace import Allocation, Contest, Package, Parcel, Plan, Window
from fulfillment.routing.types import Address, Demand, LocationState, Order, Rate

__all__ = [
    "OBJECTIVES",
    "Address",
    "Allocation",
    "BatchLimits",
    "Contest",
    "Demand",
    "Limits",
    "LocationState",
    "Order",
    "Package",
    "Parcel",
    "Plan",
    "Rate",
    "Strategy",
    "Weights",
    "Window",
    "allocate",
    "plan",
]
