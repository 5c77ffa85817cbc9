"""The echo of Chalice's documentation: https://aws.github.io/chalice/topics/websockets.html"""

from boto3.session import Session
from chalice import Chalice, WebsocketDisconnectedError

app = Chalice(app_name="echo")
app.websocket_api.session = Session()
app.experimental_feature_flags.update(["WEBSOCKETS"])


@app.on_ws_message()
def message(event):
    try:
        app.websocket_api.send(event.connection_id, event.body)
    except WebsocketDisconnectedError as error:
        app.log.info("%s has left", error.connection_id)
