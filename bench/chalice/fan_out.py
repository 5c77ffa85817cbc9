"""Sends to as many connections as the message says, one after the other, as one writes it with Chalice."""

import os

from boto3.session import Session
from chalice import Chalice

app = Chalice(app_name="fan-out")
app.websocket_api.session = Session()
app.websocket_api._endpoint = os.environ.get("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI")
app.experimental_feature_flags.update(["WEBSOCKETS"])


@app.on_ws_message()
def message(event):
    for number in range(int(event.body)):
        app.websocket_api.send(f"connection-{number}", "news")
