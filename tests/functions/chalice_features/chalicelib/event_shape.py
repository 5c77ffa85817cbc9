"""An event, with the types of what differs each time."""

SAME = {"eventType", "isBase64Encoded", "messageDirection", "routeKey", "stage", "disconnectStatusCode", "disconnectReason"}


def shape(event):
    return {"body": event.body, **_shape(event.to_dict())}


def _shape(fields):
    return {name: _value(name, fields[name]) for name in sorted(fields)}


def _value(name, value):
    if name in SAME:
        return value
    return _shape(value) if isinstance(value, dict) else type(value).__name__
