// An echo as Lambda's Node.js tutorials write it.
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi";

const api = new ApiGatewayManagementApiClient({});

export async function handler(event) {
  const { eventType, connectionId } = event.requestContext;
  if (eventType === "MESSAGE") {
    await api.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: event.body }));
  }
  return { statusCode: 200 };
}
