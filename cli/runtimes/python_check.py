"""Prints as JSON what this interpreter is, and which packages of a function's requirements.txt it lacks.

It runs in the function's folder.
"""

import codecs
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


def text(file):
    """PowerShell's `pip freeze > requirements.txt` writes UTF-16, with a mark at its start."""
    with open(os.path.join(folder, file), "rb") as opened:
        content = opened.read()
    is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_utf_16 else "utf-8-sig")


def missing_requirements():
    """The names in requirements.txt that are not installed. Lines with options, addresses and conditions are not read, and
    neither is a file that is no text in UTF-8 or UTF-16.
    """
    try:
        lines = [line.split("#")[0].strip() for line in text("requirements.txt").splitlines()]
    except (OSError, UnicodeDecodeError):
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
