"""Stands for `botocore.httpsession`, which needs TLS and sockets."""

import sys

import botocore


class URLLib3Session:
    """Its name in botocore. Requests to services do not come here; those that look for credentials would, and there are
    none to find."""

    def __init__(self, *arguments, **settings):
        pass

    def send(self, request):
        from botocore.exceptions import HTTPClientError

        raise HTTPClientError(error=f"a handler has no network, so it cannot call {request.url}")

    def close(self):
        pass


def install():
    """Call it before anything imports botocore's."""
    botocore.httpsession = sys.modules["botocore.httpsession"] = sys.modules[__name__]
