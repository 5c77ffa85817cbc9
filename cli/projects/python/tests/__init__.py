"""The unit tests: `python3 -m unittest`."""

import sys
from pathlib import Path

# The package goblet, if it is not installed.
sys.path.append(str(Path(__file__).parent.parent / "vendor"))
