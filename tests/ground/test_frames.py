"""Calls within a request map no memory, however deep they begin."""

import resource

from oms.frames import in_one_chunk


def leaf() -> None:
    pass


def faults_of_a_loop(depth: int) -> int:
    """Page faults of 300 calls made so deep."""
    if depth:
        return faults_of_a_loop(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(300):
        leaf()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_no_depth_of_a_loop_maps_memory_at_every_turn() -> None:
    roomy = in_one_chunk(faults_of_a_loop)
    assert max(roomy(depth) for depth in range(400)) < 100
