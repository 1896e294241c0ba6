"""Every staff address of the product, found by walking the URL table, so that a new page can't be forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.browser.samples import NOT_PAGES, SAMPLES, World


@dataclass(frozen=True)
class Route:
    """`scope` as the view asks for it; `reads`: it answers GET."""

    name: str
    scope: str
    reads: bool
    parameters: frozenset[str]

    @property
    def page(self) -> bool:
        """Something to look at in a browser."""
        return self.reads and self.name not in NOT_PAGES

    def path(self, world: World) -> str:
        return reverse(self.name, kwargs=self.kwargs(world))

    def kwargs(self, world: World) -> dict[str, Any]:
        if not self.parameters:
            return {}
        assert self.name in SAMPLES, f"tests/browser/samples.py: SAMPLES has no object for {self.name!r}"
        return SAMPLES[self.name](world)


def staff_routes() -> list[Route]:
    return sorted(_walk(get_resolver().url_patterns, frozenset()), key=lambda route: route.name)


def _walk(patterns: list[Any], above: frozenset[str]) -> Iterator[Route]:
    for pattern in patterns:
        parameters = above | frozenset(pattern.pattern.converters)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, parameters)
        elif isinstance(pattern, URLPattern) and hasattr(pattern.callback, "staff_scope"):
            assert pattern.name, f"{pattern.pattern} has no name"
            view = pattern.callback
            yield Route(pattern.name, view.staff_scope, "GET" in view.staff_methods, parameters)
