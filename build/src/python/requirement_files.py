"""A file of requirements, with all files that it names, as pip reads them.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

import argparse
import codecs
import os
import re
import shlex
import sys

# The component brings its own; the project of this name on PyPI is another one.
GOBLET = re.compile(r"\s*goblet\s*($|[\[(=<>!~;@#,])", re.IGNORECASE)

COMMENT = re.compile(r"(^|\s+)#.*$")
URL = re.compile(r"(http|https|file):", re.IGNORECASE)
VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")


class OptionParser(argparse.ArgumentParser):
    def error(self, message):
        raise ValueError(message)


# The options with the path of a file or a folder, which is beside the file that has the option.
OPTIONS = OptionParser(add_help=False)
for option in ("-r", "--requirement"), ("-c", "--constraint"), ("-f", "--find-links"):
    # Of several on a line, pip takes the first.
    OPTIONS.add_argument(*option, action="append", default=[])


class RequirementFiles:
    """What the files say, as lines for pip: `lines` and `constraints`. `files` are the files that say it."""

    def __init__(self, file):
        self.lines, self.constraints, self.files = [], [], []
        self._known = set()
        self._add(os.path.realpath(file), self.lines)

    def _add(self, file, lines):
        # Files may name each other.
        known = (file, lines is self.constraints)
        if known in self._known:
            return
        self._known.add(known)
        if file not in self.files:
            self.files.append(file)
        for line in whole_lines(text(file)):
            if line.startswith("-"):
                self._add_options(file, line, lines)
            elif not GOBLET.match(line):
                lines.append(line)

    def _add_options(self, file, line, lines):
        try:
            options, others = OPTIONS.parse_known_args(shlex.split(line))
        except ValueError as error:
            sys.exit(f"{file}: {error}: correct this line: {line}")
        named = next(iter([*options.requirement, *options.constraint]), None)
        folder = next(iter(options.find_links), None)
        if named and not URL.match(named):
            nested = beside(file, named)
            if not os.path.isfile(nested):
                sys.exit(f"{file} names {named}, and there is no file {nested}: add it, or correct this line: {line}")
            # As pip does it, also in a file of constraints.
            self._add(nested, self.lines if options.requirement else self.constraints)
        elif folder and os.path.exists(beside(file, folder)):
            lines.append(shlex.join(["--find-links", beside(file, folder), *others]))
        else:
            lines.append(line)


def beside(file, path):
    path = VARIABLE.sub(lambda variable: os.environ.get(variable[1]) or variable[0], path)
    return os.path.realpath(os.path.join(os.path.dirname(file), path))


def whole_lines(content):
    """The lines without comments. One that ends with a backslash goes on in the next one."""
    start = ""
    for line in [*content.splitlines(), ""]:
        if line.endswith("\\") and not COMMENT.match(line):
            start += line.strip("\\")
            continue
        # A comment ends the line before it.
        whole = COMMENT.sub("", start + (" " if COMMENT.match(line) else "") + line).strip()
        start = ""
        if whole:
            yield whole


def text(file):
    """PowerShell's `pip freeze > requirements.txt` writes UTF-16, with a mark at its start."""
    with open(file, "rb") as opened:
        content = opened.read()
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        sys.exit(f"{file} is no text in UTF-8 or UTF-16: {error}")
