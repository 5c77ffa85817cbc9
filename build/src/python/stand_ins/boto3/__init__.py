"""Stands for boto3 in a handler, where there is no network: its client of API Gateway's connections calls Goblet's.
Other services are refused. Names and errors are boto3's: <https://boto3.amazonaws.com/v1/documentation/api/latest/>.
"""

from . import session
from .session import Session

__all__ = ["DEFAULT_SESSION", "Session", "client", "resource", "session", "setup_default_session"]

DEFAULT_SESSION = None


def setup_default_session(**settings):
    global DEFAULT_SESSION
    DEFAULT_SESSION = Session(**settings)


def client(*arguments, **settings):
    return _default_session().client(*arguments, **settings)


def resource(*arguments, **settings):
    return _default_session().resource(*arguments, **settings)


def _default_session():
    if DEFAULT_SESSION is None:
        setup_default_session()
    return DEFAULT_SESSION
