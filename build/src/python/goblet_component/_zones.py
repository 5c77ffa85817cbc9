"""The time zones of Python's `zoneinfo`, which reads files elsewhere: here they are in the component."""

import base64
import io
import json
import sys
import zlib

_zones = {}


def install(file):
    """Takes the zones that the build has collected, if the handler or one of its packages has loaded `zoneinfo`."""
    if "zoneinfo" not in sys.modules:
        return
    import zoneinfo._common

    with open(file, encoding="utf-8") as opened:
        collected = json.load(opened)
    # Many zones are the same.
    packed = {zone: zlib.compress(base64.b64decode(zone)) for zone in collected.values()}
    _zones.update((key, packed[zone]) for key, zone in collected.items())
    zoneinfo._common.load_tzdata = _load
    zoneinfo.available_timezones = lambda: set(_zones)


def _load(key):
    if key not in _zones:
        from zoneinfo import ZoneInfoNotFoundError

        raise ZoneInfoNotFoundError(f"No time zone found with key {key}")
    return io.BytesIO(zlib.decompress(_zones[key]))
