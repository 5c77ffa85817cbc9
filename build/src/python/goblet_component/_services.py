"""The host's services, as the package goblet calls them."""

import goblet
from componentize_py_types import Err
from goblet import groups as api_groups
from goblet import state as api_state
from wit_world.imports import connections, types


def payload_to_host(payload):
    return types.Payload_Text(payload) if isinstance(payload, str) else types.Payload_Binary(payload)


class Host:
    def __init__(self, groups, state):
        if groups:
            self.groups = _Groups()
        if state:
            self.state = _State()

    def __getattr__(self, name):
        # The attribute is missing only if the author's modules do not name it, and the host may have no table.
        raise RuntimeError(
            f"the build did not see that this handler uses goblet.{name}: write `goblet.{name}` or `from goblet import "
            f"{name}` in the handler's own modules"
        )

    def send(self, connection_id, payload):
        _call(connections.send, connection_id, payload_to_host(payload))

    def send_all(self, connection_ids, payload):
        results = connections.send_all(connection_ids, payload_to_host(payload))
        pairs = zip(connection_ids, results)
        return {connection_id: _error(result.value) for connection_id, result in pairs if isinstance(result, Err)}

    def close(self, connection_id):
        _call(connections.close, connection_id)

    def describe(self, connection_id):
        found = _call(connections.describe, connection_id)
        return goblet.Connection(found.connected_at, found.last_active_at, found.source_ip, found.user_agent)


class _Groups:
    def __init__(self):
        from wit_world.imports import groups

        self._host = groups

    def join(self, group, connection_id, label):
        _call(self._host.join, group, connection_id, label)

    def leave(self, group, connection_id):
        _call(self._host.leave, group, connection_id)

    def members(self, group):
        members = _call(self._host.members, group)
        return [api_groups.Member(member.connection_id, member.label) for member in members]

    def joined(self, connection_id):
        return _call(self._host.joined, connection_id)

    def send(self, group, payload, excluded):
        delivery = _call(self._host.send, group, payload_to_host(payload), excluded)
        failed = [api_groups.Failure(failure.connection_id, _error(failure.error)) for failure in delivery.failed]
        return api_groups.Delivery(delivery.reached, failed)


class _State:
    def __init__(self):
        from wit_world.imports import state

        self._host = state

    def get(self, collection, key):
        entry = _call(self._host.get, collection, key)
        return entry and _entry(entry)

    def put(self, collection, key, value, if_absent, if_revision, lifetime):
        condition = self._host.Condition_Always()
        if if_absent:
            condition = self._host.Condition_Absent()
        elif if_revision is not None:
            condition = self._host.Condition_Unchanged(if_revision)
        return _call(self._host.put, collection, key, value, condition, lifetime)

    def remove(self, collection, key, revision):
        _call(self._host.remove, collection, key, revision)

    def entries(self, collection, prefix, after):
        page = _call(self._host.entries, collection, prefix, after)
        return api_state.Page([_entry(entry) for entry in page.entries], page.next)


def _entry(entry):
    return api_state.Entry(entry.key, entry.value, entry.revision)


def _call(function, *arguments):
    for argument in arguments:
        if isinstance(argument, str) and not argument.isascii():
            # Text that is no Unicode, such as "\ud800", has no UTF-8. This says where it is.
            argument.encode()
    try:
        return function(*arguments)
    except Err as error:
        failed = error
    raise _error(failed.value)


_ERRORS = {
    "Disconnected": goblet.DisconnectedError,
    "PayloadTooLarge": goblet.PayloadTooLargeError,
    "Throttled": goblet.ThrottledError,
    "Forbidden": goblet.ForbiddenError,
    "Failed": goblet.FailedError,
    "Invalid": goblet.InvalidError,
    "Conflict": goblet.ConflictError,
    "TooLarge": goblet.ValueTooLargeError,
}


def _error(error):
    """The bindings name a case `Error_Throttled`. Cases with a text have it in `value`."""
    kind = _ERRORS[type(error).__name__.partition("_")[2]]
    return kind(error.value) if hasattr(error, "value") else kind()
