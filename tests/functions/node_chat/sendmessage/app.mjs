// Sends what one says to all, as an ES module. Whoever is there no more is forgotten.
import { ApiGatewayManagementApiClient, GoneException, PostToConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";

const { AWS_REGION, TABLE_NAME: TableName } = process.env;
const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export const handler = async ({ body, requestContext: { apiId, stage } }) => {
  const api = new ApiGatewayManagementApiClient({
    endpoint: `https://${apiId}.execute-api.${AWS_REGION}.amazonaws.com/${stage}`,
  });
  const { data } = JSON.parse(body);
  const { Items } = await table.send(new ScanCommand({ TableName, ProjectionExpression: "connectionId" }));
  const posts = Items.map(async ({ connectionId }) => {
    try {
      await api.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: data }));
    } catch (error) {
      if (!(error instanceof GoneException)) throw error;
      await table.send(new DeleteCommand({ TableName, Key: { connectionId } }));
    }
  });
  await Promise.all(posts);
  return { statusCode: 200, body: "Data sent." };
};
