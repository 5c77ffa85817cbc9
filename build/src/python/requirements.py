"""Installs the packages that a handler's project names, unless they are installed already.

    python3 requirements.py PROJECT FOLDER

They are those of PROJECT/requirements.txt, or else the dependencies of PROJECT/pyproject.toml, which may be Poetry's. The
versions in PROJECT/poetry.lock or PROJECT/uv.lock hold. They go to FOLDER/packages, by this Python's pip. A project that
names none gets an empty folder. The package goblet is not installed: the component brings its own.

It prints a list in JSON: the files of requirements that it has read.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from requirement_files import GOBLET, RequirementFiles

# It is pinned here and nowhere else.
POETRY_CORE = "poetry-core==2.5.0"


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


class Wanted:
    """The packages that a project names: lines for pip, the file that names them first, and all files of requirements."""

    def __init__(self, project, folder):
        self.file, self.lines, self.constraints, self.files = None, [], [], []
        requirements, pyproject = (os.path.join(project, name) for name in ("requirements.txt", "pyproject.toml"))
        if os.path.isfile(requirements):
            read = RequirementFiles(requirements)
            self.file, self.lines, self.constraints, self.files = requirements, read.lines, read.constraints, read.files
        elif os.path.isfile(pyproject):
            self.file, self.lines, self.constraints = pyproject, of_pyproject(pyproject, folder), locked(project)

    def text(self):
        """What is installed is up to date if it was installed for the same text."""
        version = f"# Python {sys.version_info[0]}.{sys.version_info[1]}"
        return "\n".join([version, *(f"# {each}" for each in self.constraints), *self.lines, ""])


def install(wanted, project, folder):
    packages, installed = os.path.join(folder, "packages"), os.path.join(folder, "requirements.txt")
    if os.path.isdir(packages) and os.path.isfile(installed):
        with open(installed, encoding="utf-8") as opened:
            if opened.read() == wanted.text():
                return
    # What is installed goes first: an installation that was stopped is begun again.
    if os.path.isfile(installed):
        os.remove(installed)
    shutil.rmtree(packages, ignore_errors=True)
    os.makedirs(packages)
    new, constraints = installed + ".new", os.path.join(folder, "constraints.txt")
    with open(new, "w", encoding="utf-8") as opened:
        opened.write(wanted.text())
    if wanted.lines:
        print(f"installing the packages of {wanted.file}", file=sys.stderr, flush=True)
        with open(constraints, "w", encoding="utf-8") as opened:
            opened.writelines(f"{each}\n" for each in wanted.constraints)
        pip("--target", packages, "--requirement", new, "--constraint", constraints, cwd=project)
    os.replace(new, installed)


def main():
    project, folder = sys.argv[1:]
    wanted = Wanted(project, folder)
    install(wanted, project, folder)
    print(json.dumps(wanted.files))


if __name__ == "__main__":
    main()
