// Keeps who is connected.
const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocumentClient, PutCommand } = require("@aws-sdk/lib-dynamodb");

const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));

exports.handler = async (event) => {
  const Item = { connectionId: event.requestContext.connectionId };
  await table.send(new PutCommand({ TableName: process.env.TABLE_NAME, Item }));
  return { statusCode: 200, body: "Connected." };
};
