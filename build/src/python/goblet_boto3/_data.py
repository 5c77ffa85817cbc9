"""botocore's data files, of the services that are used alone: all of them are 30 MB. They are read when the component is
built, as it has no files later."""

import os

import botocore
import botocore.loaders
from botocore.exceptions import DataNotFoundError, UnknownServiceError

# What is for every service.
_COMMON = ["_retry", "endpoints", "partitions", "sdk-default-configuration"]

# What is for people.
_TEXTS = {"documentation", "documentationUrl"}

# Added to botocore's text, which lists the services that are there.
_ON_UNKNOWN = (
    ". A component has those that the build has seen: write e.g. boto3.client(\"dynamodb\") in a module of your own, with the "
    "name as a text. It works for DynamoDB (dynamodb), SQS (sqs) and EventBridge (events). For other services, let the app run "
    "natively: docs/chalice.md says how"
)

_data = {}


def install(services):
    folders = [os.path.join(botocore.BOTOCORE_ROOT, "data")]
    try:
        import boto3
    except ImportError:
        # The author's modules use botocore alone.
        pass
    else:
        folders.append(os.path.join(os.path.dirname(boto3.__file__), "data"))
    for folder in folders:
        for name in _COMMON:
            _read(folder, name, services)
        for service in services:
            _read_service(folder, service, services)
    UnknownServiceError.fmt += _ON_UNKNOWN
    loader = botocore.loaders.Loader
    loader.list_available_services = _list_available_services
    loader.list_api_versions = _list_api_versions
    loader.load_data_with_path = _load_data_with_path


def _read_service(folder, service, services):
    versions = os.path.join(folder, service)
    # The last one is what boto3 takes.
    for version in sorted(os.listdir(versions) if os.path.isdir(versions) else [])[-1:]:
        for file in os.listdir(os.path.join(versions, version)):
            name = file.partition(".json")[0]
            if name != "examples-1":
                _read(folder, f"{service}/{version}/{name}", services)


def _read(folder, name, services):
    found = botocore.loaders.JSONFileLoader().load_file(os.path.join(folder, name))
    if found is not None:
        _data[name] = _without_others(found, services) if name == "endpoints" else _without_texts(found)


def _without_texts(data):
    if isinstance(data, dict):
        return type(data)((name, _without_texts(value)) for name, value in data.items() if not _is_text(name, value))
    return [_without_texts(value) for value in data] if isinstance(data, list) else data


def _is_text(name, value):
    # A member of a structure may have such a name, too.
    return name in _TEXTS and isinstance(value, str)


def _without_others(endpoints, services):
    for partition in endpoints["partitions"]:
        found = partition["services"]
        partition["services"] = {name: found[name] for name in found if name in services}
    return endpoints


def _list_available_services(loader, type_name):
    return sorted({name.split("/")[0] for name in _data if name.endswith("/" + type_name)})


def _list_api_versions(loader, service_name, type_name):
    versions = [name.split("/")[1] for name in _data if name.startswith(service_name + "/") and name.endswith("/" + type_name)]
    if not versions:
        raise DataNotFoundError(data_path=service_name)
    return sorted(versions)


def _load_data_with_path(loader, name):
    if name not in _data:
        raise DataNotFoundError(data_path=name)
    return _data[name], os.path.join(loader.BUILTIN_DATA_PATH, name)
