"""What botocore works out for each session and client, and what is the same each time: it is remembered in the component.
An event makes its clients anew, so this is most of what they cost."""

import botocore.hooks
import botocore.regions


def install():
    # Without the objects that methods are bound to, which are of one client.
    botocore.hooks.accepts_kwargs = _remembered(
        botocore.hooks.accepts_kwargs, lambda function: getattr(function, "__func__", function)
    )
    aliaser = botocore.hooks.EventAliaser
    aliaser._alias_event_name = _remembered(aliaser._alias_event_name, lambda aliaser, name: name)
    # The data of a service is read once, so it is always the same object.
    botocore.regions.EndpointProvider = _remembered(
        botocore.regions.EndpointProvider, lambda ruleset_data, **_: id(ruleset_data)
    )


def _remembered(function, key):
    """A function whose result depends on its key alone."""
    results = {}

    def remembered(*arguments, **settings):
        name = key(*arguments, **settings)
        if name not in results:
            results[name] = function(*arguments, **settings)
        return results[name]

    return remembered
