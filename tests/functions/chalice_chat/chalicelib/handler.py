"""What each message means: the first is a name, `/join ROOM` and `/leave` are commands, all else is said to the room."""


class Handler:
    def __init__(self, storage, sender):
        self._storage = storage
        self._sender = sender

    def handle(self, connection_id, text):
        name, room = self._storage.person(connection_id)
        command, _, argument = text.partition(" ")
        if name is None:
            self._storage.name(connection_id, text)
            self._sender.send(connection_id, f"Hello {text}. Enter a room with /join ROOM.")
        elif command == "/join":
            self.leave(connection_id)
            self._storage.enter(connection_id, argument)
            self._sender.broadcast(self._storage.members(argument), f"{name} is in {argument}.")
        elif command == "/leave":
            self.leave(connection_id)
        elif room is None:
            self._sender.send(connection_id, "Enter a room first, with /join ROOM.")
        else:
            self._sender.broadcast(self._storage.members(room), f"{name}: {text}")

    def leave(self, connection_id):
        name, room = self._storage.person(connection_id)
        if room is not None:
            self._storage.leave(connection_id, room)
            self._sender.broadcast(self._storage.members(room), f"{name} has left {room}.")
