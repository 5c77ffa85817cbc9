"""The handler's component: it runs the author's modules on the host's events.

componentize-py imports this module when it builds the component, and keeps all that is in memory then. So packages and
the standard library are loaded now. The author's modules are only compiled: each event runs them afresh, so that nothing
of the machine that builds is in the component: no environment, no time, no random number.
"""

import functools
import gc
import json
import os

import goblet._host

from . import _author, _draft, _fresh, _later, _packages, _preparation, _records, _routes, _services, _zones

_folder = os.path.dirname(__file__)
with open(os.path.join(_folder, "plan.json"), encoding="utf-8") as file:
    _plan = json.load(file)

if _plan["modules"] is None:
    _draft.reserve()
else:
    _author.prepare(_plan["modules"])
_samples = []
if _plan["boto3"] is not None:
    import goblet_boto3

    goblet_boto3.prepare(_plan["boto3"])
    _samples.append(goblet_boto3.make_clients)
_imported = _packages.load(_plan["imports"])
goblet._host.use(_services.Host(groups=_plan["groups"], state=_plan["state"]))
_records.install()
_routes.install(_plan["name"], _plan["routes"], _plan["is_async"], _preparation.complete)
if _plan["chalice"]:
    import goblet_chalice

    _routes.adapt(functools.partial(goblet_chalice.serve, routes=_plan["chalice"]))
_fresh.install()
_preparation.install(_samples)
_later.install(_imported)
_zones.install(os.path.join(_folder, "zones.json"))
_author.install()

OnConnect = _routes.OnConnect
OnMessage = _routes.OnMessage
OnDisconnect = _routes.OnDisconnect
Preparation = _preparation.Preparation

# What is here stays: later collections need not look at it, nor copy its memory's pages.
gc.collect()
gc.freeze()
