"""Makes an instance new: a component is a snapshot, and what was read when it was built would be old in each event.

The runtime itself reads the environment again.
"""

import gc
import logging
import random
import sys
import time

_generators = []


def install():
    """Finds the generators of random numbers that exist, such as that of the module `random`."""
    # `isinstance` would ask a weak reference for what is gone.
    _generators.extend(thing for thing in gc.get_objects() if issubclass(type(thing), random.Random))


def begin():
    """Call it at the start of each event."""
    logging._startTime = time.time_ns()


def refresh():
    """Call it in each instance, before its event or at the start of it."""
    for generator in _generators:
        generator.seed()
    if hasattr(time, "tzset"):
        time.tzset()
    if uuid := sys.modules.get("uuid"):
        uuid._node = uuid._last_timestamp = None
    if tempfile := sys.modules.get("tempfile"):
        tempfile._name_sequence = None
