"""Why there is no component."""

import json
import sys


def tell(errors):
    """Ends the build. Whoever has started it looks for this line."""
    print("\n" + "goblet-errors: " + json.dumps(errors), flush=True)
    sys.exit(1)
