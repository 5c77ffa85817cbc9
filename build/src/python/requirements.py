"""Installs the packages that a handler's project names, unless they are installed already.

    python3 requirements.py PROJECT FOLDER

They are those of PROJECT/requirements.txt, or else the dependencies of PROJECT/pyproject.toml. They go to FOLDER/packages,
by this Python's pip. A project that names none gets an empty folder. The package goblet is not installed: the component
brings its own.
"""

import codecs
import os
import re
import shutil
import subprocess
import sys

GOBLET = re.compile(r"\s*goblet\s*($|[\[=<>!~;@#,])", re.IGNORECASE)

# Options with the path of another file of requirements.
NESTED = re.compile(r"\s*(-r|-c|--requirement|--constraint)[ =]*(?P<path>\S+)")


def of_requirements(file):
    lines = []
    for line in text(file).splitlines():
        nested = NESTED.match(line)
        if nested and "://" not in nested["path"]:
            lines.append(f"{nested[1]} {os.path.join(os.path.dirname(os.path.abspath(file)), nested['path'])}")
        elif not GOBLET.match(line):
            lines.append(line)
    return lines


def text(file):
    """As pip reads it: PowerShell's `pip freeze > requirements.txt` writes UTF-16, with a mark at its start."""
    with open(file, "rb") as opened:
        content = opened.read()
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        sys.exit(f"{file} is no UTF-8: {error}")


def of_pyproject(file):
    try:
        import tomllib
    except ImportError:
        # Before Python 3.11; pip brings it.
        from pip._vendor import tomli as tomllib
    with open(file, "rb") as opened:
        try:
            content = tomllib.load(opened)
        except tomllib.TOMLDecodeError as error:
            sys.exit(f"{file}: {error}")
    return [line for line in content.get("project", {}).get("dependencies", []) if not GOBLET.match(line)]


def main():
    project, folder = sys.argv[1:]
    lines = []
    for name, read in (("requirements.txt", of_requirements), ("pyproject.toml", of_pyproject)):
        file = os.path.join(project, name)
        if os.path.isfile(file):
            lines = read(file)
            break
    packages, wanted = os.path.join(folder, "packages"), os.path.join(folder, "requirements.txt")
    text = "\n".join([f"# Python {sys.version_info[0]}.{sys.version_info[1]}", *lines, ""])
    if os.path.isdir(packages) and os.path.isfile(wanted):
        with open(wanted, encoding="utf-8") as opened:
            if opened.read() == text:
                return
    # What is installed goes first: an installation that was stopped is begun again.
    if os.path.isfile(wanted):
        os.remove(wanted)
    shutil.rmtree(packages, ignore_errors=True)
    os.makedirs(packages)
    if any(line.strip() and not line.strip().startswith("#") for line in lines):
        print(f"installing the packages of {file}", file=sys.stderr, flush=True)
        new = wanted + ".new"
        with open(new, "w", encoding="utf-8") as opened:
            opened.write(text)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        done = subprocess.run([*pip, "--target", packages, "--requirement", new], cwd=project, stdout=sys.stderr)
        if done.returncode:
            sys.exit(f"pip cannot install the packages of {file}; its message is above")
        os.replace(new, wanted)
    else:
        with open(wanted, "w", encoding="utf-8") as opened:
            opened.write(text)


if __name__ == "__main__":
    main()
