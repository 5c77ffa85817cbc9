"""Installs the packages that a handler's project names, unless they are installed already.

    python3 requirements.py PROJECT FOLDER

They are those of PROJECT/requirements.txt, or else the dependencies of PROJECT/pyproject.toml, which may be Poetry's. The
versions in PROJECT/poetry.lock or PROJECT/uv.lock hold. They go to FOLDER/packages, by this Python's pip. A project that
names none gets an empty folder. The package goblet is not installed: the component brings its own.
"""

import codecs
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

# It is pinned here and nowhere else.
POETRY_CORE = "poetry-core==2.5.0"

GOBLET = re.compile(r"\s*goblet\s*($|[\[(=<>!~;@#,])", re.IGNORECASE)

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


def toml(file):
    try:
        import tomllib
    except ImportError:
        # Before Python 3.11; pip brings it.
        from pip._vendor import tomli as tomllib
    with open(file, "rb") as opened:
        try:
            return tomllib.load(opened)
        except tomllib.TOMLDecodeError as error:
            sys.exit(f"{file}: {error}")


def of_pyproject(file, folder):
    content = toml(file)
    if "dependencies" not in content.get("project", {}) and "poetry" in content.get("tool", {}):
        lines = of_poetry(file, folder)
    else:
        lines = content.get("project", {}).get("dependencies", [])
    return [line for line in lines if not GOBLET.match(line)]


def of_poetry(file, folder):
    """Poetry's own words for versions, such as ^1.2, in those of pip."""
    tools = os.path.join(folder, "poetry")
    if not os.path.isdir(os.path.join(tools, "poetry")):
        print(f"installing {POETRY_CORE}, which reads {file}", file=sys.stderr, flush=True)
        pip("--target", tools, POETRY_CORE)
    sys.path.insert(0, tools)
    from poetry.core.factory import Factory

    try:
        project = Factory().create_poetry(Path(file).parent)
    except Exception as error:
        sys.exit(f"{file}: {error}")
    return [wanted.to_pep_508() for wanted in project.package.requires if not wanted.is_optional()]


def locked(project):
    """The versions that Poetry or uv has chosen. A package with several, e.g. one for each Python, is left to pip."""
    versions = {}
    for name in ("poetry.lock", "uv.lock"):
        file = os.path.join(project, name)
        for package in toml(file).get("package", []) if os.path.isfile(file) else []:
            # The project itself, or one beside it, has none.
            versions.setdefault(package["name"], set()).add(package.get("version"))
    return sorted(f"{name}=={version}" for name, (version, *others) in versions.items() if version and not others)


def pip(*arguments, **options):
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", *arguments]
    done = subprocess.run(command, stdout=sys.stderr, **options)
    if done.returncode:
        # Its message is above.
        sys.exit(done.returncode)


def main():
    project, folder = sys.argv[1:]
    lines, constraints = [], []
    requirements, pyproject = (os.path.join(project, name) for name in ("requirements.txt", "pyproject.toml"))
    if os.path.isfile(requirements):
        file, lines = requirements, of_requirements(requirements)
    elif os.path.isfile(pyproject):
        file, lines, constraints = pyproject, of_pyproject(pyproject, folder), locked(project)
    packages, wanted = os.path.join(folder, "packages"), os.path.join(folder, "requirements.txt")
    locks = os.path.join(folder, "constraints.txt")
    text = "\n".join([f"# Python {sys.version_info[0]}.{sys.version_info[1]}", *(f"# {each}" for each in constraints), *lines, ""])
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
        with open(locks, "w", encoding="utf-8") as opened:
            opened.writelines(f"{each}\n" for each in constraints)
        pip("--target", packages, "--requirement", new, "--constraint", locks, cwd=project)
        os.replace(new, wanted)
    else:
        with open(wanted, "w", encoding="utf-8") as opened:
            opened.write(text)


if __name__ == "__main__":
    main()
