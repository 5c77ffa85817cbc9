"""Sends to one connection, or to a room."""

from chalice import WebsocketDisconnectedError


class Sender:
    def __init__(self, app, storage):
        self._app = app
        self._storage = storage

    def send(self, connection_id, text):
        try:
            self._app.websocket_api.send(connection_id, text)
        except WebsocketDisconnectedError as error:
            self._storage.remove(error.connection_id)

    def broadcast(self, connection_ids, text):
        for connection_id in connection_ids:
            self.send(connection_id, text)
