"""A chat in rooms, in the manner of Chalice's tutorial: https://aws.github.io/chalice/tutorials/wschat.html"""

from boto3.session import Session
from chalice import Chalice

from chalicelib.handler import Handler
from chalicelib.sender import Sender
from chalicelib.storage import Storage

app = Chalice(app_name="chat")
app.websocket_api.session = Session()
app.experimental_feature_flags.update(["WEBSOCKETS"])

storage = Storage.from_environment()
sender = Sender(app, storage)
handler = Handler(storage, sender)


@app.on_ws_connect()
def connect(event):
    storage.add(event.connection_id)


@app.on_ws_disconnect()
def disconnect(event):
    handler.leave(event.connection_id)
    storage.remove(event.connection_id)


@app.on_ws_message()
def message(event):
    handler.handle(event.connection_id, event.body)
