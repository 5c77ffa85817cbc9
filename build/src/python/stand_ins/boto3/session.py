"""Makes clients."""

import os

from botocore.exceptions import UnknownServiceError

from ._connections import Connections

_SERVICE = "apigatewaymanagementapi"

_REASON = (
    "a handler has no network and no credentials. The real boto3 works for DynamoDB, SQS and EventBridge (events): write "
    'e.g. boto3.client("dynamodb") in a module of your own, with the name as a text, so that the build finds it. For other '
    "services, let the app run natively: docs/chalice.md says how"
)


class _Refused(UnknownServiceError):
    fmt = "{kind}({service_name!r}): {reason}"


class Session:
    """Takes what boto3's takes. Credentials have no use: Goblet's host has its own, and calls AWS for the handler."""

    def __init__(
        self,
        aws_access_key_id=None,
        aws_secret_access_key=None,
        aws_session_token=None,
        region_name=None,
        botocore_session=None,
        profile_name=None,
        aws_account_id=None,
    ):
        self.profile_name = profile_name or "default"
        self._region_name = region_name

    @property
    def region_name(self):
        return self._region_name or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")

    @property
    def available_profiles(self):
        return []

    def get_available_services(self):
        return [_SERVICE]

    def get_available_resources(self):
        return []

    def get_credentials(self):
        return None

    def client(self, service_name, region_name=None, api_version=None, use_ssl=True, verify=None, endpoint_url=None, **_):
        if service_name != _SERVICE:
            raise _refused("client", service_name)
        return Connections(region_name or self.region_name, endpoint_url)

    def resource(self, service_name, *_, **__):
        raise _refused("resource", service_name)


def _refused(kind, service_name):
    return _Refused(kind=f"boto3.{kind}", service_name=service_name, reason=_REASON)
