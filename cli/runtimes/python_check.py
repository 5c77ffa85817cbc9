"""Prints as JSON what this interpreter is, and which packages of a function's requirements.txt it lacks.

It runs in the function's folder.
"""

import importlib.metadata
import importlib.util
import json
import os
import re
import sys

folder = os.getcwd()
# Where the function finds modules; here it is the folder of this file.
sys.path[0] = folder


def is_installed(requirement):
    try:
        importlib.metadata.distribution(requirement)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def missing_requirements():
    """The names in requirements.txt that are not installed. Lines with options, addresses and conditions are not read."""
    try:
        with open(os.path.join(folder, "requirements.txt"), encoding="utf-8") as lines:
            lines = [line.split("#")[0].strip() for line in lines]
    except OSError:
        return []
    names = [re.fullmatch(r"([A-Za-z0-9][\w.-]*)(\[.*\])?\s*([=<>!~].*)?", line) for line in lines]
    return [name[1] for name in names if name and not is_installed(name[1])]


found = {
    "executable": sys.executable,
    "version": "{}.{}".format(*sys.version_info),
    "has_client": importlib.util.find_spec("awslambdaric") is not None,
    "missing_requirements": missing_requirements(),
}
print(json.dumps(found))
