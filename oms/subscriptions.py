"""Every upward effect, in one table: which handlers an event reaches. `*` hears everything."""

from oms.core.events import Handler

HANDLERS: dict[str, list[Handler]] = {}
