"""Who is connected, under which name and in which room: an item for each fact, under the connection's id."""

import os

import boto3
from boto3.dynamodb.conditions import Key

CONNECTED, NAME, ROOM = "connected", "name#", "room#"


class Storage:
    def __init__(self, table):
        self._table = table

    @classmethod
    def from_environment(cls):
        # Without a name, this is `chalice package`, which loads the code.
        return cls(boto3.resource("dynamodb").Table(os.environ.get("TABLE", "none")))

    def add(self, connection_id):
        self._put(connection_id, CONNECTED)

    def name(self, connection_id, name):
        self._put(connection_id, NAME + name)

    def enter(self, connection_id, room):
        self._put(connection_id, ROOM + room)

    def leave(self, connection_id, room):
        self._table.delete_item(Key={"PK": connection_id, "SK": ROOM + room})

    def remove(self, connection_id):
        with self._table.batch_writer() as batch:
            for item in self._items(connection_id):
                batch.delete_item(Key={"PK": item["PK"], "SK": item["SK"]})

    def person(self, connection_id):
        """The name and the room of a connection, or None for what it does not have."""
        facts = [item["SK"] for item in self._items(connection_id)]
        return tuple(
            next((fact.removeprefix(kind) for fact in facts if fact.startswith(kind)), None) for kind in (NAME, ROOM)
        )

    def members(self, room):
        found = self._table.query(IndexName="Reverse", KeyConditionExpression=Key("SK").eq(ROOM + room))
        return [item["PK"] for item in found["Items"]]

    def _put(self, connection_id, fact):
        self._table.put_item(Item={"PK": connection_id, "SK": fact})

    def _items(self, connection_id):
        return self._table.query(KeyConditionExpression=Key("PK").eq(connection_id))["Items"]
