"""The echo of Chalice's documentation, with one line for the local gateway."""

import os

from boto3.session import Session
from chalice import Chalice

app = Chalice(app_name="echo")
app.websocket_api.session = Session()
app.websocket_api._endpoint = os.environ.get("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI")
app.experimental_feature_flags.update(["WEBSOCKETS"])


@app.on_ws_message()
def message(event):
    app.websocket_api.send(event.connection_id, event.body)
