"""In which order calculations run, so that each finds what it reads."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from graphlib import CycleError, TopologicalSorter


class Circular(ValueError):
    """Calculations that wait for each other; `items` are those in the circle, in order."""

    def __init__(self, items: list[str]) -> None:
        super().__init__("These calculations need each other: " + " → ".join(items))
        self.items = items


def in_order(reads: Mapping[str, AbstractSet[str]]) -> list[str]:
    """Return the calculated items so that each comes after those that it reads; raise Circular if that cannot be."""
    graph = {item: [other for other in sorted(needed) if other in reads] for item, needed in sorted(reads.items())}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise Circular(list(error.args[1])) from None
