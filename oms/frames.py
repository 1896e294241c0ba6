"""Room for every call a request makes.

CPython keeps the frames of a thread in chunks of 16 kB and maps the next chunk anew each time a call steps into it
(its issue 142183, repaired in 2026, not in 3.11 and 3.12). Where a loop of a template stood at the end of one, each
turn of it mapped and unmapped memory: 1,899 page faults for one list of stock, a third of its time. Which pages it
hit changed with every function between the server and the template.
"""

from collections.abc import Callable
from typing import Any

# A frame that asks for more than a chunk gets a larger one, a power of two: half a megabyte, of which the calls below
# have half. Memory is taken for what they touch alone.
SLOTS = 32_000


def in_one_chunk(call: Callable[..., Any]) -> Callable[..., Any]:
    """`call`, with the frames of all it calls in one chunk."""

    def roomy(*arguments: Any) -> Any:
        return call(*arguments)

    roomy.__code__ = roomy.__code__.replace(co_stacksize=SLOTS)
    return roomy
