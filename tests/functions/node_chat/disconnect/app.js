// Forgets who has gone, and tells the others.
const { ApiGatewayManagementApiClient, PostToConnectionCommand } = require("@aws-sdk/client-apigatewaymanagementapi");
const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { DeleteCommand, DynamoDBDocumentClient, ScanCommand } = require("@aws-sdk/lib-dynamodb");

const { TABLE_NAME: TableName } = process.env;
const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));

exports.handler = async ({ requestContext: { connectionId, domainName, stage } }) => {
  await table.send(new DeleteCommand({ TableName, Key: { connectionId } }));
  const api = new ApiGatewayManagementApiClient({ endpoint: `https://${domainName}/${stage}` });
  const { Items } = await table.send(new ScanCommand({ TableName }));
  await Promise.all(
    Items.map((item) => api.send(new PostToConnectionCommand({ ConnectionId: item.connectionId, Data: "Somebody has gone." }))),
  );
  return { statusCode: 200, body: "Disconnected." };
};
