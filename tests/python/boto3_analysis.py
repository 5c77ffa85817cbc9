"""What the build finds of boto3 in an author's modules, under plain Python."""

import os
import tempfile
import unittest

import analyse

STAND_INS = os.path.join(os.path.dirname(analyse.__file__), "stand_ins")
ECHO = "@goblet.on_message\ndef echo(event):\n    return event.body\n"


class Boto3(unittest.TestCase):
    def found(self, modules, packages=None):
        with tempfile.TemporaryDirectory() as folder:
            environment = os.path.join(folder, "site-packages")
            for root, files in ((folder, modules), (environment, packages or {})):
                for name, source in files.items():
                    file = os.path.join(root, name)
                    os.makedirs(os.path.dirname(file), exist_ok=True)
                    with open(file, "w", encoding="utf-8") as opened:
                        opened.write(source)
            return analyse.analyse(os.path.join(folder, "app.py"), [STAND_INS, environment])

    def test_a_module_may_use_another_ones_session(self):
        app = f"import boto3, goblet, storage\nkept = storage.Storage(boto3.session.Session())\n{ECHO}"
        storage = "class Storage:\n    def __init__(self, session):\n        self.table = session.resource('dynamodb')\n"
        plan, found = self.found({"app.py": app, "storage.py": storage})
        self.assertEqual(plan["boto3"], ["dynamodb"])
        self.assertEqual(found["services"], ["signed_requests"])
        self.assertTrue(found["lacks_boto3"])

    def test_without_boto3_a_client_is_another_ones(self):
        plan, found = self.found({"app.py": f"import goblet, other\nother.client('sqs')\n{ECHO}"}, {"other.py": ""})
        self.assertIsNone(plan["boto3"])
        self.assertEqual((found["services"], found["warnings"]), ([], []))

    def test_a_module_without_boto3_is_not_refused(self):
        storage = "import other\nother.client('cache')\n"
        modules = {"app.py": f"import boto3, goblet, storage\n{ECHO}", "storage.py": storage}
        plan, found = self.found(modules, {"other.py": ""})
        self.assertIsNone(plan["boto3"])
        self.assertIn("storage.py:2: other.client('cache') cannot be called", found["warnings"][0])
        with self.assertRaisesRegex(analyse.Wrong, "app.py:2: boto3.client.'s3'. cannot be called"):
            self.found({"app.py": f"import boto3, goblet\nboto3.client('s3')\n{ECHO}"})

    def test_what_a_package_makes_is_told(self):
        packages = {"kept/__init__.py": "", "kept/table.py": "import boto3\ntable = boto3.resource(\n    'dynamodb')\n"}
        app = f"import goblet, kept.table\n{ECHO}"
        plan, found = self.found({"app.py": app}, packages)
        self.assertIsNone(plan["boto3"])
        (warning,) = found["warnings"]
        self.assertRegex(warning, r'kept/table.py:2: the package makes boto3.resource."dynamodb".*write boto3.resource')
        plan, found = self.found({"app.py": f"import boto3\nboto3.resource('dynamodb')\n{app}"}, packages)
        self.assertEqual((plan["boto3"], found["warnings"]), (["dynamodb"], []))


if __name__ == "__main__":
    unittest.main()
