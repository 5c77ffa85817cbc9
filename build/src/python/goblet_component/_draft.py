"""The place of the author's modules in a draft: the component that is tried while the author writes.

The build writes the modules into the finished component, so that a change of them needs no new one. What it looks for in
the file is the place as it is at first: `build/src/python/draft.rs` has the same size and word.
"""

import json

_SIZE = 512 * 1024

# It is made when it is needed, so that the place is in the component once.
_REVERSED_WORD = b":fo-ecalp-telbog"

_place = None


def reserve():
    global _place
    word = bytes(reversed(_REVERSED_WORD))
    _place = word * (_SIZE // len(word))


def modules():
    """The modules, as they are in the plan of a component that is no draft. Zeros fill the rest of the place."""
    return json.loads(_place[: _place.index(0)]) if _place else []
