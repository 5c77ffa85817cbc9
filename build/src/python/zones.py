"""Collects this machine's time zones for the component, where `zoneinfo` finds no files."""

import base64
import json
import os


def write(file, folders):
    """Writes the zones of the package tzdata in one of the folders, or else of this machine's own zones. It does nothing
    if the file is newer than they are."""
    source = _source(folders)
    if source and os.path.isfile(file) and os.stat(file).st_mtime > os.stat(source).st_ctime:
        return
    with open(file, "w", encoding="utf-8") as opened:
        json.dump(dict(_zones(source)) if source else {}, opened)


def _source(folders):
    try:
        from zoneinfo import TZPATH
    except ImportError:
        return None
    packages = (os.path.join(folder, "tzdata", "zoneinfo") for folder in folders)
    return next((folder for folder in (*packages, *TZPATH) if os.path.isdir(folder)), None)


def _zones(source):
    for folder, names, files in os.walk(source):
        if folder == source:
            # The same zones, with and without leap seconds.
            names[:] = [name for name in names if name not in ("right", "posix")]
        for name in files:
            path = os.path.join(folder, name)
            with open(path, "rb") as opened:
                content = opened.read()
            if content.startswith(b"TZif") and name not in ("posixrules", "localtime"):
                yield os.path.relpath(path, source), base64.b64encode(content).decode()
