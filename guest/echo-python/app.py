"""Answers each message with the same message."""

import goblet


@goblet.on_message
def echo(event):
    try:
        goblet.send(event.connection_id, event.body)
    except goblet.DisconnectedError:
        # A client that has left needs no answer.
        pass
