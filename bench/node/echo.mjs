// The echo as AWS's documentation has it for Node.js: a Lambda function with the AWS SDK.

import { ApiGatewayManagementApiClient, PostToConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi";

const client = new ApiGatewayManagementApiClient({});

export async function handler(event) {
  const { connectionId } = event.requestContext;
  await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: event.body }));
  return { statusCode: 200 };
}
