"""How the build reads files of requirements, compared with pip's own reading."""

import os
import tempfile
import unittest
from unittest import mock

from pip._internal.network.session import PipSession
from pip._internal.req.req_file import parse_requirements
from requirement_files import RequirementFiles


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="a folder ")
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)

    def write(self, name, content):
        file = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "wb") as opened:
            opened.write(content if isinstance(content, bytes) else content.encode())
        return file

    def read(self, **files):
        for name, content in files.items():
            self.write(f"{name}.txt", content)
        return RequirementFiles(os.path.join(self.folder, "requirements.txt"))

    def by_pip(self, name):
        found = list(parse_requirements(os.path.join(self.folder, name), session=PipSession()))
        return [[each.requirement for each in found if each.constraint == constraint] for constraint in (False, True)]

    def assert_as_pip(self, read):
        """What is read, written into one file, is to pip what the files are."""
        expected = self.by_pip("requirements.txt")
        self.write("constraints.txt", "\n".join(read.constraints))
        self.write("all.txt", "\n".join([*read.lines, "-c constraints.txt"]))
        self.assertEqual(self.by_pip("all.txt"), expected)
        self.assertTrue(any(expected))

    def test_files_that_are_named_are_read(self):
        self.write("my files/more.txt", "six # why\n-c ../limits.txt\n")
        read = self.read(
            requirements="-r 'my files/more.txt' -r absent.txt\n--requirement=base.txt\n-cown.txt\n# -r absent.txt\nrequests>=2 ; python_version > '3'\n",
            base="colorama\\\n==0.4.5 \\\n  --hash=sha256:00 \\\n# comment\n-e ./lib\n",
            own="urllib3<3\n",
            limits="six<2\n",
        )
        self.assertEqual(read.lines[:2], ["six", "colorama==0.4.5   --hash=sha256:00"])
        self.assertEqual(read.constraints, ["six<2", "urllib3<3"])
        names = ["requirements.txt", "my files/more.txt", "limits.txt", "base.txt", "own.txt"]
        self.assertEqual(read.files, [os.path.join(self.folder, name) for name in names])
        self.assert_as_pip(read)

    def test_a_variable_may_name_the_file(self):
        with mock.patch.dict(os.environ, {"STAGE": "test"}):
            read = self.read(requirements="-r ${STAGE}.txt\n", test="six\n")
            self.assert_as_pip(read)

    def test_files_may_name_each_other(self):
        read = self.read(requirements="-r base.txt\nsix\n", base="-r requirements.txt\ncolorama\n")
        self.assertEqual(read.lines, ["colorama", "six"])

    def test_goblet_is_left_out_wherever_it_is(self):
        read = self.read(requirements="goblet==0.1.0 \\\n    --hash=sha256:00\n-r base.txt\n", base="Goblet[x]>=0.1\ngoblets\n")
        self.assertEqual(read.lines, ["goblets"])

    def test_what_is_beside_the_file_is_found(self):
        os.mkdir(os.path.join(self.folder, "my wheels"))
        read = self.read(requirements="--find-links 'my wheels' --no-index\n-f https://example.com\n-r https://example.com/r.txt\n")
        wheels = os.path.join(self.folder, "my wheels")
        self.assertEqual(read.lines[0], f"--find-links '{wheels}' --no-index")
        self.assertEqual(read.lines[1:], ["-f https://example.com", "-r https://example.com/r.txt"])

    def test_utf_16_is_read(self):
        self.assertEqual(self.read(requirements="six\r\n".encode("utf-16")).lines, ["six"])

    def test_what_is_wrong_is_told_with_its_file(self):
        for line, says in (("-r absent.txt", "names absent.txt"), ("-r 'open", "No closing quotation"), ("-r", "argument")):
            with self.assertRaises(SystemExit) as exit:
                self.read(requirements="-r base.txt\n", base=f"{line}\n")
            self.assertIn("base.txt", str(exit.exception))
            self.assertIn(says, str(exit.exception))


if __name__ == "__main__":
    unittest.main()
