"""Lets the real boto3 work in a handler, which has no network, no files and no credentials: the host signs and sends its
requests, and the data of the services that are used are in the component."""

from . import _httpsession

_known = []


def prepare(services):
    """Call it when the component is built, before anything imports boto3: with the services that the author's modules use."""
    _httpsession.install()
    # These import botocore.
    from . import _data, _memory, _transport, _warm

    _transport.install(has_services=bool(services))
    _known[:] = ["apigatewaymanagementapi", *services]
    _data.install(_known)
    _memory.install()
    _warm.up(_known)


def make_clients():
    """Makes clients of these services, and throws them away."""
    from . import _warm

    _warm.up(_known)
