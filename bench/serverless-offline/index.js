// The echo, told of the local endpoint by hand, as serverless-offline needs it.
const { ApiGatewayManagementApiClient, PostToConnectionCommand } = require("@aws-sdk/client-apigatewaymanagementapi");

const api = new ApiGatewayManagementApiClient({
  endpoint: `http://localhost:${process.env.WEBSOCKET_PORT}`,
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
});

exports.handler = async (event) => {
  const { eventType, connectionId } = event.requestContext;
  if (eventType === "MESSAGE") {
    await api.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: event.body }));
  }
  return { statusCode: 200 };
};
